"""Forgeries: credentials that look right and are not open nothing; collected by pytest within a run.

A test is one forgery, shown to an operation that serves the untouched credential.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from contract_tests import credentials, shapes
from contract_tests.checks import Judged
from contract_tests.deployment import Api
from contract_tests.forging import signatures
from contract_tests.forging.apis import BENCHES, Bench
from contract_tests.forging.forgery import Forgery, Good, Shown
from contract_tests.run import current, spec
from contract_tests.tenants import apis
from contract_tests.tenants.asking import Asked
from contract_tests.tenants.stage import Stage

HMAC = "Hmac"
_served: dict[tuple[str, str], str | None] = {}


def _good(api: Api, bench: Bench) -> Good:
    owner = api.cast["owner"]
    secret = credentials.secret(api.name, bench.scheme, owner).removeprefix("AccessKey ")
    return Good(secret, owner, api.cast["stranger"], api.random)


def _asked(stage: Stage, bench: Bench) -> Asked:
    """The request that is to be let in or not; it sends nothing to anybody, since it lacks what that would need."""
    place, _ = stage.operations[bench.operation_id]
    if place.method == "post":
        return replace(Asked(place, bench.operation_id), body={})
    return stage.named(stage.right(bench.operation_id, stage.things()), stage.things())


def _send(api: Api, asked: Asked, shown: Shown) -> httpx.Response:
    """Header fields may repeat, and hold bytes."""
    headers = [(name, value.encode()) for name, value in asked.headers.items()]
    headers += [(name, value if isinstance(value, bytes) else value.encode("latin-1")) for name, value in shown.headers]
    if shown.cookies:
        headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in shown.cookies.items()).encode()))
    body = asked.body if shown.body is None else {**(asked.body or {}), **shown.body}
    query = [*asked.query.items(), *shown.query]
    return api.client.request(asked.place.method.upper(), asked.url, params=query or None, headers=headers, json=body)  # type: ignore[arg-type]


def _control(stage: Stage, bench: Bench, good: Good) -> str | None:
    """Why the untouched credential does not open the operation, if it does not. Asked once."""
    key = (stage.api.name, bench.title)
    if key not in _served:
        asked = _asked(stage, bench)
        if bench.title == HMAC:
            response = _send(stage.api, asked, Shown(tuple(signatures.signed(good).items())))
        else:
            response = stage.by(asked, bench.scheme, stage.things()).send(stage.api.client)
        open_to = response.status_code not in (401, 403)
        _served[key] = None if open_to else f"{response.status_code} {response.text[:200]}"
    return _served[key]


def _stage(api: Api) -> Stage:
    return Stage(api, spec(api.name), apis.KNOWLEDGE[api.name])


def _assert_refused(stage: Stage, bench: Bench, forgery: Forgery, shown: Shown, judged: Judged) -> None:
    asked = _asked(stage, bench)
    response = _send(stage.api, asked, shown)
    told = f"{asked.place} with a forged {bench.title} ({forgery.name})"
    declared = dict(stage.refusals.declared(str(asked.place)))
    expected = forgery.refusals or tuple(name for name, status in declared.items() if status == "401")
    came = f"{response.status_code} {response.text[:300]}"
    assert response.status_code == 401, f"{told}: must be refused with 401, but came {came}"
    names = judged.refusals.named(str(asked.place), response.status_code, _json(response))
    if names or stage.api.deployment.profile == "mock":
        assert names & set(expected), f"{told}: the contract says {' or '.join(expected)}, but came {came}"
    wrong = shapes.problem(judged, response, _said(shown))
    assert wrong is None, f"{told}: came as {came}, but {wrong}"


def _said(shown: Shown) -> list[str]:
    values = [value.decode("latin-1") if isinstance(value, bytes) else value for _, value in shown.headers]
    values += [value for _, value in shown.query] + [str(value) for value in (shown.body or {}).values()]
    return [part for value in values for part in value.split(" ")]


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _cases(api: str) -> list[Any]:
    return [
        pytest.param(bench, forgery, marks=pytest.mark.law(*bench.statements), id=f"{bench.title}: {forgery.name}")
        for bench in BENCHES[api]
        for forgery in bench.forgeries
    ]


def _tests(api: str, judged: Judged) -> Callable[..., None]:
    @pytest.mark.parametrize(("bench", "forgery"), _cases(api))
    def test(bench: Bench, forgery: Forgery, request: pytest.FixtureRequest) -> None:
        known: Api = request.getfixturevalue(api)
        stage, good = _stage(known), _good(known, bench)
        problem = _control(stage, bench, good)
        assert problem is None, f"{bench.operation_id} does not open to the untouched credential: {problem}"
        _assert_refused(stage, bench, forgery, forgery.show(good), judged)

    return test


def _replays(judged: Judged) -> Callable[[Api, str], None]:
    @pytest.mark.law("R03")
    @pytest.mark.parametrize("again", ["as it was", "in capitals", "with another query"])
    def test(restlink: Api, again: str) -> None:
        """A pair of timestamp and signature is good for one request."""
        bench = next(each for each in BENCHES["restlink"] if each.title == HMAC)
        stage, good = _stage(restlink), _good(restlink, bench)
        ahead = {"as it was": 1, "in capitals": 2, "with another query": 3}[again]
        headers = signatures.signed(good, signatures.Signing(ahead=-10 * ahead))
        first = _send(restlink, _asked(stage, bench), Shown(tuple(headers.items())))
        assert first.status_code == 200, f"a signed request is served, not {first.status_code} {first.text[:200]}"
        if again == "in capitals":
            headers["X-Signature"] = headers["X-Signature"].upper()
        query = (("again", "1"),) if again == "with another query" else ()
        replayed = Shown(tuple(headers.items()), query)
        _assert_refused(stage, bench, Forgery(f"replayed {again}", lambda _: replayed, ("SignatureReplayed",)), replayed, judged)

    return test


for _api in current().apis:
    _judged = Judged(spec(_api))
    globals()[f"test_{_api}_takes_no_forged_credential"] = _tests(_api, _judged)
    if _api == "restlink":
        globals()["test_restlink_takes_a_signature_once"] = _replays(_judged)
