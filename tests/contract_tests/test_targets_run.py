"""The gate of a named target lets through what its plan told, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from contract_tests.contracts import operations
from contract_tests.gate.proxy import REFUSED
from contract_tests.plan import NO, YES, steps
from contract_tests.serving import serving
from contract_tests.standing import standing
from contract_tests.targets.opening import open_target
from contract_tests.targets.target import Target
from mockserver.data import MOUNTS, load_spec

FILE = """
[targets.there]
profile = "{profile}"
root = "{root}"
{more}
"""
PINNED = 'recipients = { phone = ["+14155550123"], email = ["me@example.com"] }\nlimits = { calls_per_second = 1000 }'
PROFILES = {
    "production": "limits = { calls_per_second = 1000 }",
    "staging": PINNED,
    "sandbox": f'{PINNED}\nchanges = ["update_webhooks", "buy_phone_number", "set_provider"]',
}
Deployment = tuple[str, list[str]]


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """A server that is no mock, and the requests that reached it."""
    reached: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            if not scope["path"].startswith("/_understudy"):
                reached.append(f"{scope['method']} {scope['path']}")
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"application/json")]})
            await send({"type": "http.response.body", "body": b"{}"})

    with serving(app) as url:
        yield url, reached


def expect(target: Target, api: str, url: str, reached: list[str]) -> None:
    """Ask every operation once through the gate at this URL."""
    spec = load_spec(api)
    effects = {operation["operationId"]: operation["x-side-effect"] for _, operation in operations(spec)}
    with httpx.Client(base_url=url + MOUNTS[api], trust_env=False) as client:
        for step in steps(target, api):
            reached.clear()
            path = re.sub(r"\{[^}]*\}", "a1", step.place.path)
            body = {} if step.place.method == "get" else {"json": {}}
            answer = client.request(step.place.method, path, **body)
            passed = REFUSED not in answer.headers
            assert reached == ([f"{step.place.method.upper()} {MOUNTS[api]}{path}"] if passed else []), step
            assert passed is (step.allowed == YES), (step, answer.headers)
            if step.allowed == NO:
                assert unquote(answer.headers[REFUSED]) == step.reason
            assert step.allowed == YES or effects[step.id] != "none"


@pytest.mark.parametrize("api", MOUNTS)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_gate_does_what_the_plan_told(
    profile: str, api: str, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, reached = deployment
    monkeypatch.chdir(tmp_path)
    Path("understudy.toml").write_text(FILE.format(profile=profile, root=url, more=PROFILES[profile]), "utf-8")
    with open_target("there", [api], None) as (target, apis):
        kept = replace(target, bases={api: target.bases[api]})
        with standing(kept, apis) as stand:
            expect(kept, api, stand.url, reached)


def test_what_nobody_described_is_only_read(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, reached = deployment
    monkeypatch.chdir(tmp_path)
    with open_target(url, ["tofrom"], "a token") as (target, apis), standing(target, apis) as stand:
        expect(target, "tofrom", stand.url, reached)
