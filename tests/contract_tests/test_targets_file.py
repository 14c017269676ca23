"""Every mistake in ``understudy.toml`` is one line with file, place and what to write; no credential stands in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from contract_tests import credentials
from contract_tests.targets import file, sections
from contract_tests.targets.secret import Secret
from contract_tests.targets.section import Section
from contract_tests.targets.target import LIMITS, Capabilities, TargetUnusable, Webhooks
from mockserver.app import cast
from mockserver.data import MOUNTS

STAGING = '[targets.a]\nprofile = "staging"\nroot = "https://staging.example.com"\n'
PRODUCTION = STAGING.replace("staging", "production", 1)
OWNER = STAGING + "[targets.a.apis.bird.cast.owner]\n"


def read(folder: Path, text: str) -> dict[str, Section]:
    path = folder / "understudy.toml"
    path.write_text(text, "utf-8")
    return sections.read(path)


MISTAKES = [
    ("[targets.a]\nprofile =", "is no TOML: Invalid value"),
    ("[targets.a]\n[targets.a]", "is no TOML: Cannot declare ('targets', 'a') twice"),
    ("[target.a]", "'target' is not known here; is 'targets' meant?"),
    ("targets = 1", "targets must be a table with one table for each target, [targets.NAME]"),
    ("[targets]\na = 1", "targets.a must be a table"),
    ('[targets.mock]\nprofile = "mock"', "targets: a target is named in lower case, as in [targets.staging]; 'mock' is taken"),
    ('[targets."http://x"]\nprofile = "mock"', "targets: a target is named in lower case"),
    ('[targets.a]\nroot = "http://h"', "targets.a: profile is missing; it is one of mock, sandbox, staging, production"),
    ('[targets.a]\nprofile = "test"', "targets.a.profile must be one of mock, sandbox, staging, production"),
    ('[targets.a]\nprofil = "mock"', "targets.a: 'profil' is not known here; is 'profile' meant?"),
    (STAGING + "zzz = 1", "targets.a: 'zzz' is not known here; known are profile, root, apis"),
    ('[targets.a]\nprofile = "staging"', "targets.a: where it stands is missing; write root, or base_url under apis.<api>"),
    ('[targets.a]\nprofile = "staging"\napis.bird = {}', "targets.a.apis.bird: base_url is missing, and a has no root"),
    ('[targets.a]\nprofile = "mock"\napis.bird.base_url = "http://h"', "a mock is known by its control plane; write root, or"),
    ('[targets.a]\nprofile = "staging"\nroot = "h:80"', "targets.a.root must be a URL that begins with http://"),
    ('[targets.a]\nprofile = "staging"\nroot = "http://me:hunter2@h"', "and has no user, query or fragment"),
    (STAGING + "apis.birds = {}", "targets.a.apis: 'birds' is not known here; is 'bird' meant?"),
    (STAGING + "limits.calls = true", "targets.a.limits.calls must be a whole number, 0 or more"),
    (STAGING + "limits.calls = -1", "targets.a.limits.calls must be a whole number, 0 or more"),
    (STAGING + "limits.calls = 2020-01-01", "targets.a.limits.calls must be a whole number, 0 or more"),
    (STAGING + "limits.calls_per_second = 0", "targets.a.limits.calls_per_second must be a number above 0"),
    (STAGING + "limits.streak = 0", "targets.a.limits.streak must be a whole number, 1 or more"),
    (STAGING + "limits.cost = 2", "targets.a.limits.cost cannot be kept without a price; write price_per_message too"),
    (PRODUCTION + "limits.messages = 1", "targets.a.limits.messages: nothing is sent in production; leave it out"),
    (PRODUCTION + "limits.cost = 1.5", "targets.a.limits.cost: nothing is sent in production; leave it out"),
    (PRODUCTION + 'changes = ["update_webhooks"]', "targets.a.changes: production is only read; leave it out"),
    (STAGING + 'changes = ["nope"]', "targets.a.changes: 'nope' is no operation of restlink, tofrom"),
    (
        STAGING + 'changes = ["rotate_api_token"]',
        "what rotate_api_token destroys cannot be got back; in staging it is left alone",
    ),
    (STAGING + 'recipients.phones = ["+14155550123"]', "targets.a.recipients: 'phones' is not known here; is 'phone' meant?"),
    (STAGING + 'recipients.phone = ["555"]', "targets.a.recipients.phone.0 must be a phone number with its plus sign"),
    (STAGING + 'recipients.email = "me@example.com"', "targets.a.recipients.email must be a list of e-mail addresses"),
    (STAGING + 'hosts = ["https://h"]', 'targets.a.hosts.0 must be a host, as "name" or "name:port"'),
    (STAGING + 'webhooks.listen = "0.0.0.0:1"', "targets.a.webhooks: url is missing; it is a URL that begins"),
    (
        STAGING + 'webhooks = { listen = "9000", url = "http://h" }',
        "targets.a.webhooks.listen must be an address of this machine",
    ),
    (STAGING + "clock = true", "targets.a.clock needs a control plane; write control_url and control_token too"),
    (STAGING + 'reset = true\ncontrol_url = "http://h/_understudy"', "targets.a.reset needs a control plane"),
    (STAGING + 'control_url = "http://h/"', "targets.a.control_url must end with /_understudy"),
    (PRODUCTION + 'control_url = "http://h/_understudy"\ncontrol_token.env = "T"\nreset = true', "production is only read"),
    (OWNER + 'acess_key.env = "K"', "targets.a.apis.bird.cast.owner: 'acess_key' is not known here; is 'access_key' meant?"),
    (OWNER + 'access_key = { env = "A", command = ["b"] }', 'write { env = "NAME" } or { command = ["program", "argument"] }'),
    (OWNER + "access_key.env = 'not a name'", "cast.owner.access_key.env must be the name of a variable"),
    (OWNER + "access_key.command = []", "cast.owner.access_key.command must be a list: a program and its arguments"),
    (OWNER + "channels.sms = 1.5", "targets.a.apis.bird.cast.owner.channels.sms must be an id: text or a whole number"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES, ids=[words[:60] for _, words in MISTAKES])
def test_a_mistake_is_told_in_one_line_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TargetUnusable) as refused:
        read(tmp_path, text)
    told = str(refused.value)
    assert told.startswith(str(tmp_path / "understudy.toml"))
    assert words in told
    assert "\n" not in told
    assert "hunter2" not in told


def secret_places(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the schema wants a secret."""
    if node.get("$ref") == "#/$defs/secret":
        yield path
    for name, child in node.get("properties", {}).items():
        yield from secret_places(child, (*path, name))
    if isinstance(node.get("additionalProperties"), dict):
        yield from secret_places(node["additionalProperties"], (*path, "*"))


@pytest.mark.parametrize("api", MOUNTS)
def test_the_schema_knows_the_same_secrets_as_the_credentials(api: str) -> None:
    wanted = {path[2:] for path in secret_places(file.schema()["$defs"][api])}
    assert wanted == set(credentials.SECRET_FIELDS[api])


def literal(fields: tuple[str, ...]) -> str:
    return f'{".".join("7" if step == "*" else step for step in fields)} = "hunter2"'


@pytest.mark.parametrize(
    ("api", "fields"), [(api, fields) for api, known in credentials.SECRET_FIELDS.items() for fields in known]
)
def test_a_literal_secret_is_refused_and_not_repeated(api: str, fields: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(TargetUnusable, match=r"is a secret, which must not stand in a file; write \{ env = ") as refused:
        read(tmp_path, f"{STAGING}[targets.a.apis.{api}.cast.owner]\n{literal(fields)}")
    assert f"apis.{api}.cast.owner.{fields[0]}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_literal_control_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetUnusable, match="control_token is a secret"):
        read(tmp_path, STAGING + 'control_token = "hunter2"')


def shaped(api: str, said: Any, fields: tuple[str, ...] = ()) -> str:
    """A cast as the file has it, in TOML's inline words, its secrets by variables."""
    if credentials.is_secret(api, fields[1:]):
        return '{ env = "SECRET" }'
    if isinstance(said, dict):
        return "{ " + ", ".join(f'"{key}" = {shaped(api, value, (*fields, key))}' for key, value in said.items()) + " }"
    if isinstance(said, list):
        return "[" + ", ".join(shaped(api, each) for each in said) + "]"
    return str(said) if isinstance(said, int) else f'"{said}"'


@pytest.mark.parametrize("api", MOUNTS)
def test_whatever_the_credentials_command_prints_has_its_place(api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    said = cast(api, "default")
    section = read(tmp_path, f"{STAGING}[targets.a.apis.{api}]\ncast = {shaped(api, said)}")["a"]
    assert section.chosen([]) == (api,)
    opened = section.opened([api]).casts[api]
    assert opened.keys() == said.keys()
    for actor, fields in said.items():
        assert opened[actor].keys() == fields.keys()
        hidden = {name for name in fields if credentials.is_secret(api, (name,))}
        assert hidden
        assert all(opened[actor][name] == "s3cret" for name in hidden)


def test_a_whole_section_is_read(tmp_path: Path) -> None:
    section = read(
        tmp_path,
        STAGING
        + """
hosts = ["files.example.com"]
changes = ["update_webhooks"]
recipients = { phone = ["+14155550123"], email = ["me@example.com"] }
limits = { messages = 5, cost = 1, price_per_message = 0.04, streak = 3 }
webhooks = { listen = "0.0.0.0:9000", url = "https://tunnel.example.com" }
control_url = "https://control.example.com/_understudy"
control_token = { command = ["vault", "control"] }
clock = true
[targets.a.apis.bird]
base_url = "https://bird.example.com/v2/"
[targets.a.apis.restlink.cast.owner]
main = 16
""",
    )["a"]
    target = section.target
    assert target.bases == {
        "restlink": "https://staging.example.com/restlink/api/v1",
        "bird": "https://bird.example.com/v2",
    }
    assert target.capabilities == Capabilities(False, True, Webhooks("0.0.0.0:9000", "https://tunnel.example.com"))
    limits = target.limits
    assert (limits.messages, limits.cost, limits.calls, limits.streak) == (5, 1, LIMITS["staging"].calls, 3)
    assert target.pinned("address") == ("+14155550123", "me@example.com")
    assert (target.pinned("phone"), target.pinned("contact")) == (("+14155550123",), ())
    assert (target.root, target.hosts, target.changes) == (
        "https://control.example.com",
        ("files.example.com",),
        frozenset({"update_webhooks"}),
    )
    assert section.control_token is not None
    assert section.control_token.told() == "command vault"


def test_without_a_file_nothing_is_named_and_a_file_that_was_asked_for_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sections.read(None) == {}
    with pytest.raises(TargetUnusable, match=r"other\.toml cannot be read: No such file"):
        sections.read(Path("other.toml"))


def test_timelines_tokens_are_made_from_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_SECRET", "0123456789abcdef0123456789abcdef")
    text = STAGING + '[targets.a.apis.timelines.cast.owner]\npartner_id = "p1"\nsecret.env = "PARTNER_SECRET"'
    owner = read(tmp_path, text)["a"].opened(["timelines"]).casts["timelines"]["owner"]
    claims = jwt.decode(owner["jwt"], "0123456789abcdef0123456789abcdef", algorithms=["HS256"])
    assert claims["partner_id"] == "p1"
    assert claims["nbf"] <= datetime.now(UTC).timestamp() < claims["exp"]


def test_only_the_secrets_of_the_apis_of_the_run_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "  k  ")
    text = OWNER + 'access_key.env = "KEY"\n[targets.a.apis.xpressbot.cast.owner]\napi_key.env = "NOT_SET_ANYWHERE"'
    section = read(tmp_path, text)["a"]
    assert section.opened(["bird"]).casts["bird"]["owner"]["access_key"] == "k"
    with pytest.raises(TargetUnusable, match=r"cast\.owner\.api_key: the variable NOT_SET_ANYWHERE is not set"):
        section.opened(["xpressbot"])


def python(program: str) -> Secret:
    return Secret("file: place", command=(sys.executable, "-c", program))


def test_a_command_gives_what_it_writes_and_is_run_without_a_shell() -> None:
    assert python("print('  s3cret ')").read() == "s3cret"
    assert Secret("p", command=(sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; ls")).read() == "$HOME; ls"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print('s3cret'); import sys; print('s3cret', file=sys.stderr); sys.exit(3)", "ended with status 3; run it by hand"),
        ("print(' ')", "gives an empty text"),
        ("import sys; sys.stdout.buffer.write(bytes([255]))", "wrote something that is no text"),
        ("import time; time.sleep(60)", "did not end within 1 seconds"),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_wrote(program: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TargetUnusable) as refused:
        python(program).read(patience=1)
    assert words in str(refused.value)
    written = capfd.readouterr()
    assert "s3cret" not in str(refused.value) + written.out + written.err


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(TargetUnusable, match="command no-such-program cannot be run"):
        Secret("file: place", command=("no-such-program", "hunter2")).read()
