"""Error shapes: every "no" of a contract is provoked, and comes as it is declared; collected by pytest within a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from contract_tests import shapes
from contract_tests.checks import Judged
from contract_tests.contracts import Place, operations
from contract_tests.deployment import Api
from contract_tests.provoking.anywhere import by_another_method, elsewhere
from contract_tests.provoking.apis import Row, rows
from contract_tests.run import current, spec
from contract_tests.tenants import apis
from contract_tests.tenants.stage import Stage

ACCEPTS = ("text/html", "application/xml", "image/png", "text/html;q=0.9, application/json;q=0")
_stages: dict[str, Stage] = {}


def _stage(api: Api) -> Stage:
    """Kept from test to test, for what was made."""
    stage = _stages.setdefault(api.name, Stage(api, spec(api.name), apis.KNOWLEDGE[api.name]))
    stage.enter(api)
    return stage


def _assert_comes(stage: Stage, judged: Judged, label: str, refusal: str, status: str, response: httpx.Response) -> None:
    """The refusal, with its status, in the one shape."""
    came = f"{response.status_code} {response.text[:300]}"
    told = f"{label} must be refused as {refusal}"
    assert str(response.status_code) == status, f"{told} with {status}, but came {came}"
    names = judged.refusals.named(label, response.status_code, _json(response))
    if names or stage.api.deployment.profile == "mock":
        assert refusal in names, f"{told}, but came {came}"
    wrong = shapes.problem(judged, response, _said(response.request))
    assert wrong is None, f"{told}: it came as {came}, but {wrong}"


def _said(request: httpx.Request) -> Iterator[str]:
    """Every text of the request that might come back."""
    url = request.url
    yield from (unquote(part) for part in url.raw_path.decode().partition("?")[0].split("/"))
    yield from (value for _, value in parse_qsl(url.query.decode()))
    yield from (
        value.partition(" ")[2] or value for name, value in request.headers.items() if name in ("authorization", "x-api-key")
    )
    try:
        yield from shapes.texts(json.loads(request.read()))
    except (ValueError, httpx.RequestNotRead, httpx.StreamError):
        return


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _refusals(api: str, judged: Judged) -> Callable[..., None]:
    found = rows(api, spec(api))

    @pytest.mark.parametrize(
        "row",
        [pytest.param(row, marks=pytest.mark.law(*row.statements), id=f"{row.refusal} at {row.operation_id}") for row in found],
    )
    def test(row: Row, request: pytest.FixtureRequest) -> None:
        stage = _stage(request.getfixturevalue(api))
        _assert_comes(stage, judged, str(row.place), row.refusal, row.status, row.provoke(stage, row.operation_id))

    return test


def _methods(api: str) -> dict[str, set[str]]:
    """Path → methods that the contract offers there."""
    found: dict[str, set[str]] = {}
    for place, _ in operations(spec(api)):
        found.setdefault(place.path, set()).add(place.method)
    return found


def _allowed(api: str, judged: Judged) -> Callable[..., None]:
    methods = _methods(api)

    @pytest.mark.parametrize("path", methods)
    def test(path: str, request: pytest.FixtureRequest) -> None:
        """405 says which methods there are: those of the contract, and HEAD and OPTIONS if the server knows them."""
        stage, documented = _stage(request.getfixturevalue(api)), methods[path]
        place = Place(sorted(documented)[0], path)
        response = by_another_method(stage, place, documented)
        _assert_comes(stage, judged, str(place), "MethodNotAllowed", "405", response)
        allowed = {word.strip().lower() for word in response.headers.get("allow", "").split(",") if word.strip()}
        assert documented <= allowed <= documented | {"head", "options"}, (
            f"405 at {path}: Allow must hold {', '.join(sorted(documented)).upper()}, not {response.headers.get('allow')!r}"
        )

    return test


def _unknown(api: str, judged: Judged) -> Callable[..., None]:
    label = str(next(operations(spec(api)))[0])

    def test(request: pytest.FixtureRequest) -> None:
        stage = _stage(request.getfixturevalue(api))
        _assert_comes(stage, judged, label, "PathUnknown", "404", elsewhere(stage))

    return test


def _asked_for(api: str, judged: Judged) -> Callable[..., None]:
    @pytest.mark.parametrize("accept", ACCEPTS)
    def test(accept: str, request: pytest.FixtureRequest) -> None:
        """An error has its one shape, whatever the client would rather have."""
        stage = _stage(request.getfixturevalue(api))
        response = stage.api.client.get("/nothing-of-this-kind", headers={"Accept": accept})
        problem = shapes.problem(judged, response, _said(response.request))
        assert response.status_code in (404, 406), f"an unknown path is 404, not {response.status_code}"
        assert problem is None, f"asked for {accept}: {problem}"

    return test


def _headless(api: str) -> Callable[..., None]:
    places = [place for place, _ in operations(spec(api)) if place.method == "get" and "{" not in place.path]

    def test(request: pytest.FixtureRequest) -> None:
        """HEAD answers what GET would, or that it is not offered; and never has a body."""
        stage = _stage(request.getfixturevalue(api))
        for path in [*(place.path for place in places), "/nothing-of-this-kind"]:
            told, asked = stage.api.client.head(path), stage.api.client.get(path)
            assert told.status_code in (asked.status_code, 405), (
                f"HEAD {path} answers {told.status_code}, GET {asked.status_code}"
            )
            assert told.content == b"", f"HEAD {path} answers with a body"

    return test


for _api in current().apis:
    _judged = Judged(spec(_api))
    globals()[f"test_{_api}_refuses_as_declared"] = _refusals(_api, _judged)
    globals()[f"test_{_api}_names_the_methods_that_there_are"] = _allowed(_api, _judged)
    globals()[f"test_{_api}_does_not_know_this_path"] = _unknown(_api, _judged)
    globals()[f"test_{_api}_refuses_in_json_whatever_is_asked_for"] = _asked_for(_api, _judged)
    globals()[f"test_{_api}_answers_head_without_a_body"] = _headless(_api)
