"""What may be called at all, and in how many ways a path can be read."""

from __future__ import annotations

import pytest

from contract_tests.gate.exchange import Headers
from contract_tests.gate.permission import Permission, readings
from contract_tests.gate.terms import Term
from tests.contract_tests.gate.things import terms
from tests.contract_tests.gate.toys import exchange

TERMS = terms()


def reads_only(term: Term) -> str | None:
    return None if term.effect == "none" else f"{term.id} is no read"


def refused(method: str, url: str, said: bytes | None = None, headers: Headers | None = None) -> str | None:
    return Permission({"toy": TERMS}, reads_only).ask(exchange(TERMS, method, url, said, headers=headers))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_operation_is_asked_of_the_profile(method: str) -> None:
    assert refused(method, "/rooms") is None
    assert refused(method, "/call?to=1") == "call is no read"
    assert refused("POST", "/rooms") == "create_room is no read"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PURGE", "get"])
def test_what_the_contract_does_not_know_is_only_read(method: str) -> None:
    passed = method.upper() == "GET"
    assert (refused(method, "/nowhere") is None) is passed
    assert (refused(method, "/rooms/1/chairs/2/legs") is None) is passed
    assert refused("OPTIONS", "/rooms") is None


def test_a_method_that_an_operation_does_not_have_is_refused() -> None:
    assert refused("DELETE", "/rooms") is not None
    assert refused("PUT", "/rooms/1") is not None


@pytest.mark.parametrize(
    "name",
    ["X-HTTP-Method-Override", "x-method-override", "X-HTTP-Method", "X-Original-URL", "X-Rewrite-URL", "X-Original-Method"],
)
def test_no_header_makes_it_another_request(name: str) -> None:
    assert refused("GET", "/rooms", headers=[(name, "DELETE")]) is not None


@pytest.mark.parametrize(
    ("url", "said", "kind"),
    [
        ("/rooms?_method=DELETE", None, ""),
        ("/rooms?a=b&_Method=delete", None, ""),
        ("/rooms?%5fmethod=delete", None, ""),
        ("/login", b"a=b&_method=DELETE", "application/x-www-form-urlencoded"),
        ("/login", b"_method=DELETE", ""),
        ("/login", b'--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--x--', "multipart/form-data"),
    ],
)
def test_no_field_makes_it_another_request(url: str, said: bytes | None, kind: str) -> None:
    everything = Permission({"toy": TERMS}, lambda _: None)
    made = exchange(TERMS, "POST" if said else "GET", url, said, headers=[("Content-Type", kind)])
    assert everything.ask(made) == "A field asks for another method than the request has"


def test_a_read_has_no_body() -> None:
    assert refused("GET", "/rooms", b"{}") is not None


@pytest.mark.parametrize(
    "path",
    [
        "/%63all",
        "/rooms/../call",
        "/rooms/%2e%2e/call",
        "/rooms%2f..%2fcall",
        "/rooms%252f..%252fcall",
        "//call",
        "/call/",
        "/./call",
        "/call;x=y",
        "/rooms/1;/../../call",
        "/rooms\\..\\call",
        "/rooms/..%5ccall",
        "/call%00.json",
        "/call%3f",
        "/call%23",
    ],
)
def test_a_path_that_can_be_read_as_another_operation_may_not_leave(path: str) -> None:
    # The toy's call is a GET that sends.
    assert refused("GET", path) is not None


@pytest.mark.parametrize("path", ["/rooms/../../admin", "/..%2fadmin", "/%2e%2e/admin", "/..", "/rooms/1/%2e%2e/../../x"])
def test_a_path_does_not_leave_the_api(path: str) -> None:
    assert refused("GET", path) is not None


@pytest.mark.parametrize(
    "path", ["/rooms/a%2Fb", "/rooms/a%20b", "/rooms/1%2E5", "/rooms/", "/rooms/%C3%A9", "/rooms/a;b", "/rooms/%"]
)
def test_a_read_that_stays_one_in_every_reading_may_leave(path: str) -> None:
    assert refused("GET", path) is None


def test_a_write_may_leave_only_if_all_read_it_alike() -> None:
    everything = Permission({"toy": TERMS}, lambda _: None)
    assert everything.ask(exchange(TERMS, "DELETE", "/rooms/1")) is None
    assert everything.ask(exchange(TERMS, "DELETE", "/rooms/a%20b")) is None
    assert everything.ask(exchange(TERMS, "DELETE", "/rooms/a%2fb")) is not None
    assert everything.ask(exchange(TERMS, "DELETE", "/rooms/1/chairs/..")) is not None


def test_the_readings_of_a_path_are_bounded() -> None:
    assert len(readings("/" + "%252e%252e%2f;a//" * 400)) < 200
