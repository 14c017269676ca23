"""Texts: every form in which a value may come means the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.apis.xpressbot.contacts import LabelNamesInvalid
from mockserver.apis.xpressbot.texts import CustomFieldsInvalid, array, flag, names, number, plain, values


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (5, 5),
        (5.0, 5),
        ("5", 5),
        ("5.0", 5),
        ("-12.5", -12.5),
        ("1e3", 1000),
        ("0.1", 0.1),
        (10**15, 10**15),
        ("many", None),
        ("", None),
        ("1,5", None),
        ("+5", None),
        ("٣", None),
        ("NaN", None),
        (10**15 + 1, None),
        ("1e99", None),
        (True, None),
        (None, None),
    ],
)
def test_a_number_is_a_number_in_digits_too(value: Any, meant: float | None) -> None:
    assert number(value) == meant
    assert type(number(value)) is type(meant)


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), (None, ""), (True, "true"), (False, "false"), (5.0, "5"), (29.9, "29.9"), (0, "0")]
)
def test_every_value_has_a_text(value: Any, text: str) -> None:
    assert plain(value) == text


def test_a_flag_is_true_as_a_word_too() -> None:
    assert [flag(value) for value in (True, "true", False, "false")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        ("a,,b", ["a", "", "b"]),
        ('["a,b", 5]', ["a,b", 5]),
        ("[a,b]", ["[a", "b]"]),
        ('{"a": 1}', ['{"a": 1}']),
        ("", [""]),
    ],
)
def test_a_list_is_a_json_array_or_stands_between_commas(text: str, meant: list[Any]) -> None:
    assert array(text) == meant
    assert array(meant) == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("vip,lead", ["vip", "lead"]),
        ("vip,, lead ,", ["vip", "lead"]),
        ('["vip", "a, b"]', ["vip", "a, b"]),
        (["vip", " lead "], ["vip", "lead"]),
        ('[" vip "]', ["vip"]),
        ("", []),
        (json.dumps(["a" * 100] * 3), ["a" * 100] * 3),
    ],
)
def test_names_come_in_all_forms_of_a_list(given: Any, meant: list[str]) -> None:
    assert names(given, 3, LabelNamesInvalid) == meant


@pytest.mark.parametrize(
    "given", ["a,b,c,d", '["a", ""]', '["a", 5]', '["\\u0000 "]', json.dumps(["a" * 101]), "[[]]", "[1", '{"a": 1}']
)
def test_what_is_no_name_is_refused_however_it_comes(given: str) -> None:
    with pytest.raises(LabelNamesInvalid):
        names(given, 3, LabelNamesInvalid)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"plan": "pro", "points": 5}, {"plan": "pro", "points": 5}),
        ("plan:pro,source:website", {"plan": "pro", "source": "website"}),
        (" plan : pro , site:https://a.example", {"plan": "pro", "site": "https://a.example"}),
        ("plan:", {"plan": ""}),
        ("plan:a,plan:b,", {"plan": "b"}),
        (' {"plan": "a,b:c", "points": 5, "gone": null}', {"plan": "a,b:c", "points": 5, "gone": None}),
        ("{}", {}),
    ],
)
def test_values_by_name_are_an_object_or_pairs(given: Any, meant: dict[str, Any]) -> None:
    assert values(given) == meant


@pytest.mark.parametrize(
    "given",
    [
        "plan",
        ":pro",
        "plan:pro,website",
        "{plan:pro}",
        '{"plan": "pro"',
        '{"plan": ["pro"]}',
        '{"points": 1e16}',
        f"plan:{'x' * 1001}",
        ",".join(f"f{place}:x" for place in range(51)),
    ],
)
def test_values_that_are_neither_are_refused(given: str) -> None:
    with pytest.raises(CustomFieldsInvalid):
        values(given)
