"""The secrets that pass the gate are collected."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.gate.exchange import Headers
from contract_tests.gate.observed import Observed
from contract_tests.gate.terms import Terms
from tests.contract_tests.gate.toys import answered, body, exchange, operation, spec

SECRET = {"type": "string", "x-secret": True}
REPLY = {"description": "In", "headers": {"X-Session": {"schema": SECRET}}, "content": {}}
REPLY["content"] = {
    "application/json": {"schema": {"properties": {"keys": {"type": "array", "items": {"properties": {"key": SECRET}}}}}}
}
PARAMETERS = [
    {"name": "ticket", "in": "query", "schema": SECRET},
    {"name": "X-Pin", "in": "header", "x-secret": True, "schema": {}},
]
TERMS = Terms(
    "toy",
    {
        **spec(
            {
                "/login/{code}": {
                    "post": operation(
                        "log_in",
                        "session",
                        parameters=[*PARAMETERS, {"name": "code", "in": "path", "x-secret": True, "schema": {"type": "string"}}],
                        **body({"properties": {"password": SECRET, "user": {"type": "string"}}}),
                        responses={"200": REPLY},
                    )
                }
            },
            securitySchemes={
                "Key": {"type": "apiKey", "in": "header", "name": "X-Key", "x-secret-headers": ["X-Signature"]},
                "Token": {"type": "apiKey", "in": "query", "name": "token"},
            },
        ),
        "x-credential-in-body": {"scheme": "Body", "name": "apiKey"},
    },
)


def seen(
    url: str = "/login/c0de", said: Any = None, headers: Headers | None = None, reply: Any = None, back: Headers | None = None
) -> set[str]:
    rule = Observed({"toy": TERMS})
    made = exchange(TERMS, "POST", url, said, headers=headers)
    assert rule.ask(made) is None
    rule.saw(answered(made, 200, reply, back))
    return set(rule.secrets) - {"c0de"}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (("Authorization", "Bearer abc"), {"Bearer abc", "abc"}),
        (("authorization", "abc"), {"abc"}),
        (("X-Key", "k1"), {"k1"}),
        (("X-Signature", "s1"), {"s1"}),
        (("X-Pin", "1234"), {"1234"}),
        (("Cookie", "a=one; b=two"), {"one", "two"}),
        (("X-Other", "abc"), set()),
    ],
)
def test_credentials_of_a_request(header: tuple[str, str], found: set[str]) -> None:
    assert seen(headers=[header]) == found


def test_queries_paths_and_bodies_of_a_request() -> None:
    assert seen("/login/c0de?token=t%201&ticket=t2&x=y") == {"t 1", "t2"}
    assert seen(said={"password": "p1", "user": "u1", "apiKey": "k2"}) == {"p1", "k2"}
    rule = Observed({"toy": TERMS})
    rule.saw(answered(exchange(TERMS, "POST", "/login/c0de"), 200))
    assert rule.secrets == {"c0de"}


def test_what_a_reply_mints() -> None:
    assert seen(reply={"keys": [{"key": "k1", "name": "n"}, {"key": "k2"}]}) == {"k1", "k2"}
    assert seen(back=[("X-Session", "s1"), ("Set-Cookie", "sid=abc; Path=/; HttpOnly"), ("X-Else", "e")]) == {"s1", "abc"}


def test_an_unknown_operation_and_garbage_are_borne() -> None:
    assert seen("/nowhere?token=t1", said=b"\xff{", headers=[("Cookie", "\x00=;;")], reply=b"\xff") == {"t1"}


def test_a_credential_that_lets_nobody_in_is_no_secret() -> None:
    rule = Observed({"toy": TERMS})
    rule.saw(answered(exchange(TERMS, "POST", "/login/c0de", headers=[("X-Key", "made-up")]), 401))
    assert rule.secrets == frozenset()
