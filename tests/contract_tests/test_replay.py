"""A finding can be seen again by what its report brings: in a shell, and as a test that needs nothing else."""

from __future__ import annotations

import base64
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.command import FOUND, run
from contract_tests.events import FAILED, Caught, Event
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.reports import curl, links, replay
from contract_tests.reports.finding import Finding, finding_of
from contract_tests.secrets import Scrubber, configured
from mockserver.credentials import collect, variables
from mockserver.data import MOUNTS, load_spec
from tests.detection.proxy import Answer, Forward, Lie, Passing, in_front_of

WORKSPACES, WORKSPACE = "/workspaces", "GET /workspaces/{workspace_id}"


async def forgetting(passing: Passing, forward: Forward) -> Answer:
    """A workspace that was made is not there."""
    answer = await forward(passing)
    if passing.method == "GET" and "ws_1234567890abcdef" not in passing.url and answer.status == 200:
        return answer.but(status=404).saying({"error": {"code": "not_found", "message": "There is no such workspace"}})
    return answer


async def without_seats(passing: Passing, forward: Forward) -> Answer:
    """A workspace without a required field."""
    answer = await forward(passing)
    if passing.method == "GET" and answer.status == 200:
        return answer.saying({name: value for name, value in answer.json.items() if name != "seats"})
    return answer


async def as_if_it_were_new(passing: Passing, forward: Forward) -> Answer:
    """Reading is answered with a status that no contract has for it."""
    answer = await forward(passing)
    return answer.but(status=203) if passing.method == "GET" and answer.status == 200 else answer


def asked(client: httpx.Client, number: int, place: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Exchange:
    """One request and what came back, as the gate would keep it."""
    method = place.partition(" ")[0]
    reply = client.request(method, path, headers=headers, content=body)
    sent = [(name.decode(), value.decode()) for name, value in reply.request.headers.raw]
    got = [(name.decode(), value.decode()) for name, value in reply.headers.raw]
    return Exchange(
        number,
        "timelines",
        method,
        path,
        sent,
        body,
        place,
        status=reply.status_code,
        reply_headers=got,
        reply_body=reply.content,
    )


@pytest.fixture
def found(mock: Any) -> Callable[..., tuple[Finding, Scrubber]]:
    """Makes a workspace and reads it behind a lie; gives what a check says of it."""

    def find(lie: Lie, check: str, message: str) -> tuple[Finding, Scrubber]:
        mock.reset()
        cast = mock.cast("timelines")
        owner = cast["owner"]
        headers = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
        recorder = Recorder()
        with in_front_of(mock.url, lie) as (url, _), httpx.Client(base_url=url + MOUNTS["timelines"], trust_env=False) as client:
            recorder.keep(asked(client, 1, WORKSPACE, f"{WORKSPACES}/{owner['workspace_id']}", headers))
            body = json.dumps({"display_name": "brand-new", "seats_purchased": 2}).encode()
            made = asked(client, 2, "POST /workspaces", WORKSPACES, {**headers, "Content-Type": "application/json"}, body)
            assert made.status == 201, made.reply_body
            recorder.keep(made)
            recorder.keep(asked(client, 3, WORKSPACE, f"{WORKSPACES}/{json.loads(made.reply_body)['workspace_id']}", headers))
        event = Event("t", "timelines", "stories", FAILED, exchanges=(1, 2, 3))
        finding = finding_of(event, Caught(check, message, WORKSPACE), recorder, {"timelines": load_spec("timelines")}, "mock")
        return finding, Scrubber(configured({"timelines": cast}))

    return find


def environment(url: str) -> dict[str, str]:
    """What ``understudy credentials --format env`` would put there."""
    return variables(collect(["timelines"], url, "default"))


@pytest.mark.parametrize(
    ("lie", "check", "message"),
    [
        (forgetting, "AssertionError", "404 for what an earlier reply led to by its link ReadWorkspace"),
        (without_seats, "response_schema_conformance", 'Response violates schema. "seats" is a required property Validated …'),
        (as_if_it_were_new, "status_code_conformance", "Undocumented HTTP status code. Received: 203 Documented: 200"),
    ],
)
def test_a_replay_fails_while_the_lie_is_told_and_passes_when_it_is_not(
    lie: Lie,
    check: str,
    message: str,
    found: Callable[..., tuple[Finding, Scrubber]],
    mock: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding, scrubber = found(lie, check, message)
    path = tmp_path / "test_replay.py"
    path.write_text(scrubber.clean(replay.source(finding, load_spec("timelines"), scrubber)), "utf-8")
    assert mock.cast("timelines")["owner"]["jwt"] not in path.read_text("utf-8")

    def again(url: str) -> None:
        mock.reset()
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        runpy.run_path(str(path))["test_it_is_not_so_any_more"]()

    with in_front_of(mock.url, lie) as (url, _), pytest.raises(AssertionError, match=re.escape(finding.message)):
        again(url)
    again(mock.url)


@pytest.mark.slow
def test_a_replay_needs_nothing_but_itself_and_its_environment(
    found: Callable[..., tuple[Finding, Scrubber]], mock: Any, tmp_path: Path
) -> None:
    finding, scrubber = found(forgetting, "AssertionError", "404 for what an earlier reply led to by its link x")
    (tmp_path / "test_replay.py").write_text(replay.source(finding, load_spec("timelines"), scrubber), "utf-8")
    mock.reset()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_replay.py"],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": os.environ["PATH"], **environment(mock.url)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_only_what_the_finding_needs_is_sent_again_and_ids_are_taken_from_the_replies(
    found: Callable[..., tuple[Finding, Scrubber]],
) -> None:
    finding, scrubber = found(forgetting, "AssertionError", "404 for what an earlier reply led to by its link x")
    assert [each.place for each in finding.sequence] == ["POST /workspaces", WORKSPACE]
    source = replay.source(finding, load_spec("timelines"), scrubber)
    assert "value_1 = str(reply_1.json()['workspace_id'])" in source
    assert "('/workspaces/' + quote(value_1, safe=\"\"))" in source
    assert "('Bearer ' + TIMELINES_OWNER_JWT)" in source


def test_what_is_wrong_by_itself_is_sent_again_alone(found: Callable[..., tuple[Finding, Scrubber]]) -> None:
    finding, _ = found(as_if_it_were_new, "status_code_conformance", "Undocumented HTTP status code. Received: 203")
    assert [each.number for each in finding.sequence] == [1]


def exchange(number: int, method: str, url: str, reply: Any = None, **more: Any) -> Exchange:
    made = Exchange(number, "bird", method, url, [], b"", f"{method} {url}", status=200, reply_body=json.dumps(reply).encode())
    for name, value in more.items():
        setattr(made, name, value)
    return made


def numbers(sequence: Sequence[Exchange]) -> list[int]:
    return [each.number for each in sequence]


def test_a_value_comes_from_the_first_reply_that_gave_it_and_from_none_if_it_was_sent_before() -> None:
    sequence = [
        exchange(1, "GET", "/list/known-1", {"items": [{"id": "known-1"}, {"id": "new/2", "n": 12345, "state": "queued"}]}),
        exchange(2, "GET", "/item/new%2F2?state=queued", {"id": "new/2"}),
        exchange(3, "POST", "/item/known-1", {}, body=b'{"to": 12345, "not": "new/23"}'),
    ]
    assert [[(link.value, link.source, link.path) for link in taken] for taken in links.links(sequence)] == [
        [],
        [("new/2", 0, ("items", 1, "id"))],
        [("12345", 0, ("items", 1, "n"))],
    ]


def test_what_may_have_changed_something_stays_in_a_sequence() -> None:
    sequence = [
        exchange(1, "GET", "/a", {"id": "taken-01"}),
        exchange(2, "GET", "/b", {"id": "of no use 1"}),
        exchange(3, "POST", "/c"),
        exchange(4, "DELETE", "/d", refused="not yours"),
        exchange(5, "GET", "/e/taken-01"),
        exchange(6, "GET", "/after"),
    ]
    assert numbers(links.needed(sequence, 4, alone=False)) == [1, 3, 5]
    assert numbers(links.needed(sequence, 4, alone=True)) == [1, 5]
    assert numbers(links.needed(sequence, -1, alone=True)) == [6]


def test_a_shell_sends_the_same_request_with_variables_for_credentials(mock: Any) -> None:
    jwt = mock.cast("timelines")["owner"]["jwt"]
    scrubber = Scrubber({"TIMELINES_OWNER_JWT": jwt})
    odd = Exchange(
        1,
        "timelines",
        "POST",
        "/workspaces?a=[1]&b='$HOME'/../c",
        [("Authorization", f"Bearer {jwt}"), ("X-Odd", '`id` \\ "it\'s"'), ("X-Empty", ""), ("Content-Type", "application/json")],
        '{"display_name": "it\'s é $(id)"}'.encode(),
    )
    command = curl.command(odd, scrubber)
    assert jwt not in command
    assert '"$TIMELINES_OWNER_JWT"' in command
    with in_front_of(mock.url) as (url, proxy):
        known = {**os.environ, "TIMELINES_BASE_URL": url + MOUNTS["timelines"], "TIMELINES_OWNER_JWT": jwt}
        done = subprocess.run(["bash", "-c", command], env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert proxy.seen == [("POST", MOUNTS["timelines"] + odd.url, odd.body)]


def echoing(secret: str) -> Lie:
    """A server that breaks and shows the credential in its error, as parts of a Basic header would."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not passing.path.endswith("/api-token"):
            return answer
        encoded = base64.b64encode(f"partner:{secret}".encode()).decode()
        return answer.but(status=500).saying(
            {"error": {"code": "oops", "message": f"{encoded} or {secret.upper()} of {passing.url}"}}
        )

    return lie


@pytest.mark.slow
def test_a_credential_that_a_deployment_gives_away_is_in_no_report_and_on_no_terminal(
    start_mock: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
    cast = mock.cast("timelines")
    secret = cast["owner"]["secret"]
    with in_front_of(mock.url, echoing(secret)) as (url, _):
        assert run(["timelines"], url, tmp_path, part="stories") == FOUND
    told = capfd.readouterr()
    pages = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()}
    assert "$TIMELINES_OWNER_SECRET" in pages["findings.json"]
    # Looked for by hand, not by what cleaned it: each third of it, whichever of three places base64 has it in.
    encoded = [base64.b64encode(b"x" * offset + secret.encode()).decode()[4:40] for offset in range(3)]
    for name, text in {"stdout": told.out, "stderr": told.err, **pages}.items():
        assert not any(piece in text for piece in (secret, secret.upper(), secret[:40], *encoded)), name
        assert not any(actor["jwt"] in text for actor in cast.values()), name
