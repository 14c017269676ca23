"""Nobody is reached but the pinned recipients."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.recipients import Recipients, can_reach
from tests.contract_tests.gate.things import terms
from tests.contract_tests.gate.toys import exchange

TERMS = terms()
PINNED = {"phone": ("+15550100111",), "email": ("test@example.com",)}
OTHER = "+491701234567"


def rule(pinned: Mapping[str, Sequence[str]] = PINNED, own: Sequence[str] = ()) -> Recipients:
    return Recipients({"toy": TERMS}, lambda kind: pinned.get(kind, ()), lambda _, value: value in own)


def sent(said: Any, url: str = "/messages", headers: Headers | None = None, **more: Any) -> Exchange:
    """The request as it leaves; ``refused`` is set if it does not."""
    made = exchange(TERMS, "GET" if said is None else "POST", url, said, headers=headers)
    made.refused = rule(**more).ask(made)
    return made


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"to": [OTHER]}, {"to": ["+15550100111"]}),
        ({"to": OTHER}, {"to": "+15550100111"}),
        ({"to": ["491701234567", "(0170) 123-4567"]}, {"to": ["15550100111", "15550100111"]}),
        ({"to": [491701234567]}, {"to": [15550100111]}),
        ({"TO": [OTHER], "text": OTHER}, {"TO": ["+15550100111"], "text": OTHER}),
        ({"to": [[OTHER]]}, {"to": [["+15550100111"]]}),
        ({"to": [491701234567.0]}, {"to": [15550100111]}),
        ({"also": OTHER}, {"also": "+15550100111"}),
        ({"each": {"a": "a@b.example"}}, {"each": {"a": "test@example.com"}}),
        ({"copy": {"mail": "a@b.example"}}, {"copy": {"mail": "test@example.com"}}),
        ({"copy": {"boss": {"boss": {"mail": "a@b.example"}}}}, {"copy": {"boss": {"boss": {"mail": "test@example.com"}}}}),
        (
            {"copy": {"members": [{"address": OTHER}, {"address": "a@b.example"}]}},
            {"copy": {"members": [{"address": "+15550100111"}, {"address": "test@example.com"}]}},
        ),
    ],
    ids=str,
)
def test_a_plain_address_becomes_a_pinned_one_wherever_the_schema_has_it(said: Any, left: Any) -> None:
    made = sent(said)
    assert made.refused is None
    assert json.loads(made.body) == left
    assert made.pinned


@pytest.mark.parametrize(
    "said",
    [
        b'{"to":  ["+1 (555) 010-0111"]}',
        b'{"to": ["1234"]}',
        b'{"to": []}',
        b'{"to": [null, true, ""]}',
        b'{"text": "+491701234567"}',
    ],
    ids=str,
)
def test_a_body_that_reaches_nobody_else_leaves_as_it_is(said: bytes) -> None:
    made = sent(said)
    assert made.refused is None
    assert made.body == said
    assert not made.pinned


@pytest.mark.parametrize(
    "value",
    [
        "x12345",
        "tel:+491701234567",
        "1,2,3,4,5",
        f"{OTHER},{OTHER}",
        "a@b.example",
        "٤٩١٧٠",
        "+4917012345x",
        "1" * 30,
        "+" + "1" * 16,
        "a\uff20b",
    ],
)
def test_what_is_no_plain_address_and_could_reach_somebody_is_refused(value: Any) -> None:
    refused = sent({"to": [value]}).refused
    assert refused == "A value for the recipient is no plain phone, and it could reach somebody"


def test_one_address_always_becomes_the_same_one_of_several() -> None:
    pinned = {"phone": tuple(f"+1555010{number:04}" for number in range(8))}
    addresses = [f"+4917012345{number:02}" for number in range(40)]
    first, second = (json.loads(sent({"to": each}, pinned=pinned).body)["to"] for each in (addresses, addresses[::-1]))
    assert first == second[::-1]
    assert len(set(first)) > 4


def test_without_a_pinned_recipient_nothing_leaves() -> None:
    assert sent({"to": [OTHER]}, pinned={}).refused == "No test recipient is pinned (phone)"
    assert sent({"copy": {"mail": "a@b.example"}}, pinned={"phone": ["+1555"]}).refused == "No test recipient is pinned (email)"


def test_a_contact_must_be_the_runs_own() -> None:
    said = {"copy": {"contact": "c-1"}}
    assert sent(said).refused == "A contact is named that this run did not create"
    assert sent(said, own=["c-1"]).refused is None


def test_an_address_that_is_too_long_for_any_is_not_replaced_by_one_that_would_be_served() -> None:
    fits, too_long = (f"{'a' * length}@b.example" for length in (244, 245))
    assert sent({"copy": {"mail": fits}}).refused is None
    assert (
        sent({"copy": {"mail": too_long}}).refused == "A value for the recipient is no plain email, and it could reach somebody"
    )


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("/call?a=b&to=%2B491701234567&c", "/call?a=b&to=%2B15550100111&c"),
        ("/call?To=491701234567", "/call?To=15550100111"),
        ("/call?number=491701234567", "/call?number=15550100111"),
        ("/call?to=1234", "/call?to=1234"),
        ("/call?to=%2b15550100111", "/call?to=%2b15550100111"),
    ],
)
def test_the_query_is_read_too(url: str, left: str) -> None:
    made = sent(None, url)
    assert (made.refused, made.url, made.pinned) == (None, left, url != left)


def test_the_fields_of_a_body_may_stand_in_the_query() -> None:
    made = sent({}, "/call?to=%2B491701234567")
    assert (made.refused, made.url) == (None, "/call?to=%2B15550100111")


@pytest.mark.parametrize("url", ["/call?to=x12345", "/call?to=123&to=a%40b.example", "/call?to=12345;to=1"])
def test_the_query_is_refused_for_the_same_reasons(url: str) -> None:
    assert sent(None, url).refused is not None


def test_nothing_is_replaced_in_a_path_or_a_header() -> None:
    assert (
        sent(None, "/call", headers=[("x-mail", "a@b.example")]).refused == "A email that nobody has pinned stands in the header"
    )
    assert sent(None, "/call", headers=[("x-mail", "test@example.com")]).refused is None
    assert sent({}, "/people/491701234567/invite").refused == "A phone that nobody has pinned stands in the path"
    assert sent({}, "/people/15550100111/invite").refused is None


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        (b'{"to": ["+491701234567"]', False),
        (b'{"to": [], "to": ["+491701234567"]}', False),
        (b"to=%2B491701234567", False),
        (b"no json", True),
    ],
)
def test_a_body_that_cannot_be_read_must_not_be_able_to_reach_anybody(said: bytes, passes: bool) -> None:
    assert (sent(said).refused is None) is passes


@pytest.mark.parametrize("name", ["X-Signature", "Content-Digest", "Signature", "X-Hub-Signature-256"])
def test_a_signed_body_is_not_changed(name: str) -> None:
    refused = "The request is signed, so no pinned recipient can be put into it"
    assert sent({"to": [OTHER]}, headers=[(name, "abc")]).refused == refused
    assert sent(None, "/call?to=491701234567", headers=[(name, "abc")]).refused == refused
    assert sent({"to": ["+15550100111"]}, headers=[(name, "abc")]).refused is None


def test_reads_and_tidying_up_are_left_alone() -> None:
    assert sent(None, "/messages?search=%2B491701234567").url == "/messages?search=%2B491701234567"
    made = exchange(TERMS, "POST", "/messages", {"to": [OTHER]})
    made.closing = True
    assert rule().ask(made) is None
    assert OTHER.encode() in made.body


@pytest.mark.parametrize(
    ("text", "can"),
    [("1234", False), ("12345", True), ("a@b", True), ("a\uff20b", True), ("", False), ("१२३४५", True), ("abcde", False)],
)
def test_five_digits_or_an_at_sign_could_reach_somebody(text: str, can: bool) -> None:
    assert can_reach(text) is can


@pytest.mark.parametrize(
    ("said", "pinned_alone"),
    [({"phone": "+15550100111"}, True), ({"phone": OTHER}, False), ({"phone": "12"}, False), ({}, False), (b"{", False)],
    ids=str,
)
def test_it_knows_what_is_about_pinned_recipients_alone(said: Any, pinned_alone: bool) -> None:
    made = exchange(TERMS, "PUT", "/people", said)
    assert rule().reaches_pinned_alone(made) is pinned_alone
    made.url += "?phone=%2B491701234567"
    assert not rule().reaches_pinned_alone(made)
