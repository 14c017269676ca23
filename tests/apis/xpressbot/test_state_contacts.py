"""Contacts, labels and custom fields without HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.apis.xpressbot import contacts, fields, labels
from mockserver.apis.xpressbot.contacts import Changes
from mockserver.apis.xpressbot.fields import CustomFieldUnknown, CustomFieldValueInvalid, Definition, OptionsInvalid

JANE, NEW = "+1234567890", "+31612345678"
LATER = datetime(2026, 2, 14, 9, 0, tzinfo=UTC)


def manage(house: Any, phone_number: str = NEW, channel: str | None = None, **given: Any) -> Any:
    return house.do(contacts.manage, Changes.of({"phoneNumber": phone_number, **given}), channel=channel)[0]


def define(house: Any, **given: Any) -> Any:
    return house.do(fields.manage, Definition.of({"name": "new", **given}))[0]


def names(house: Any, search: str | None, number: int = 1, limit: int = 50) -> list[Any]:
    return [contact["name"] for contact in house.do(contacts.page, search, number, limit)[0]]


def test_a_new_number_becomes_a_contact_with_nothing_but_what_was_given(house: Any) -> None:
    contact, new = house.do(contacts.manage, Changes.of({"phoneNumber": NEW, "name": "Jos"}))
    assert new
    assert contact == {
        "id": contact["id"],
        "channelId": house.channel,
        "phoneNumber": NEW,
        "name": "Jos",
        "email": None,
        "profilePictureUrl": None,
        "customFieldsData": {},
        "labelNames": [],
        "lastInboundAt": None,
        "createdAt": "2026-02-13T12:00:00.000000Z",
        "updatedAt": "2026-02-13T12:00:00.000000Z",
    }
    assert names(house, None)[0] == "Jos", "the newest comes first"


def test_a_known_number_keeps_what_is_left_out(house: Any) -> None:
    before = house.do(contacts.page, JANE, 1, 1)[0][0]
    house.at(LATER)
    contact, new = house.do(
        contacts.manage, Changes.of({"phoneNumber": JANE, "name": "Jane Roe", "customFieldsData": "plan:max"})
    )
    changed = {
        "name": "Jane Roe",
        "customFieldsData": {"plan": "max", "source": "website"},
        "updatedAt": "2026-02-14T09:00:00.000000Z",
    }
    assert not new
    assert contact == {**before, **changed}
    assert names(house, "jane") == ["Jane Roe"]


def test_labels_are_replaced_as_a_whole_and_made_where_missing(house: Any) -> None:
    assert manage(house, JANE, labelNames=["new", "vip", "new"])["labelNames"] == ["new", "vip"]
    assert manage(house, JANE, name="Jane")["labelNames"] == ["new", "vip"], "left out, they stay"
    made = next(label for label in house.do(labels.listed) if label["name"] == "new")
    assert made == {
        "id": made["id"],
        "channelId": house.channel,
        "name": "new",
        "description": None,
        "color": None,
        "displayOrder": 0,
    }
    assert manage(house, JANE, labelNames="")["labelNames"] == []
    assert "new" in {label["name"] for label in house.do(labels.listed)}, "labels outlive their contacts"


def test_one_channel_knows_nothing_of_another(house: Any) -> None:
    manage(house, labelNames="mine")
    assert house.do(contacts.page, NEW, 1, 1, channel=house.theirs) == ([], 0)
    assert "mine" not in {label["name"] for label in house.do(labels.listed, channel=house.theirs)}
    with pytest.raises(CustomFieldUnknown):
        manage(house, channel=house.theirs, customFieldsData="plan:pro")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("BELL", ["Marcus Bell"]),
        ("LUÍSA", ["Luísa Carvalho"]),
        ("+1503", ["Marcus Bell", "Tom Okafor"]),
        ("234567890", ["Jane Doe"]),
        ("%", []),
        ("jane.doe@", []),
    ],
)
def test_a_search_finds_parts_of_names_and_numbers_in_any_case(house: Any, search: str, found: list[str]) -> None:
    assert names(house, search) == found


def test_pages_follow_each_other_and_end(house: Any) -> None:
    assert [names(house, None, number, 2) for number in (1, 2, 3, 4)] == [
        ["Jane Doe", "Luísa Carvalho"],
        ["Marcus Bell", "Priya Raman"],
        ["Tom Okafor"],
        [],
    ]
    assert house.do(contacts.page, None, 9, 2)[1] == 5


@pytest.mark.parametrize(
    ("type", "value", "kept"),
    [
        ("text", "any thing", "any thing"),
        ("text", 5.0, "5"),
        ("text", True, "true"),
        ("number", "12.50", 12.5),
        ("number", 5, 5),
        ("email", "jane@example.com", "jane@example.com"),
        ("phone", "+31612345678", "+31612345678"),
        ("date", "2024-02-29", "2024-02-29"),
        ("label", "vip", "vip"),
        ("dropdown", "dark", "dark"),
        ("dropdown", 5, "5"),
    ],
)
def test_a_field_takes_what_fits_its_type(house: Any, type: str, value: Any, kept: Any) -> None:
    define(house, type=type, options=["dark", "5"])
    assert manage(house, customFieldsData={"new": value})["customFieldsData"] == {"new": kept}


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("number", "many"),
        ("number", True),
        ("email", "jane"),
        ("email", "jane@example"),
        ("email", "a b@example.com"),
        ("phone", "0612345678"),
        ("phone", "+31612345678901234"),
        ("date", "2025-02-29"),
        ("date", "20250228"),
        ("date", "2025-02-28T00:00"),
        ("label", "VIP"),
        ("dropdown", "Dark"),
    ],
)
def test_a_field_refuses_what_does_not_fit_its_type(house: Any, type: str, value: Any) -> None:
    define(house, type=type, options=["dark"])
    with pytest.raises(CustomFieldValueInvalid):
        manage(house, customFieldsData={"new": value})
    assert house.do(contacts.page, NEW, 1, 1) == ([], 0), "a refused contact is not made"


def test_a_refused_contact_leaves_no_label_behind(house: Any) -> None:
    with pytest.raises(CustomFieldUnknown):
        manage(house, labelNames="left behind", customFieldsData="unheard:x")
    assert "left behind" not in {label["name"] for label in house.do(labels.listed)}


def test_a_label_of_the_same_request_fits_a_label_field(house: Any) -> None:
    assert manage(house, labelNames="fresh", customFieldsData="main_label:fresh")["customFieldsData"] == {"main_label": "fresh"}


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_clears_a_field_unless_it_is_required(house: Any, nothing: Any) -> None:
    assert manage(house, JANE, customFieldsData={"plan": nothing})["customFieldsData"] == {"source": "website"}
    define(house, name="source", isRequired=True)
    with pytest.raises(CustomFieldValueInvalid):
        manage(house, JANE, customFieldsData={"source": nothing})
    assert manage(house)["customFieldsData"] == {}, "nobody insists on a value"


def test_a_field_is_defined_with_usual_settings_and_changed_in_what_is_said(house: Any) -> None:
    made, new = house.do(fields.manage, Definition.of({"name": "new"}))
    assert new
    assert made == {
        "id": made["id"],
        "channelId": house.channel,
        "name": "new",
        "type": "text",
        "isRequired": False,
        "options": [],
    }
    changed, new = house.do(
        fields.manage, Definition.of({"name": "new", "type": "dropdown", "options": "a,b", "isRequired": "true"})
    )
    assert not new
    assert changed == {**made, "type": "dropdown", "options": ["a", "b"], "isRequired": True}
    assert define(house, isRequired=False) == {**changed, "isRequired": False}
    assert house.do(fields.listed)[-1]["name"] == "new", "the oldest come first"


def test_values_outlive_a_change_of_type(house: Any) -> None:
    define(house, name="plan", type="number")
    assert manage(house, JANE, name="Jane")["customFieldsData"] == {"plan": "pro", "source": "website"}


@pytest.mark.parametrize("options", [["a", "a"], "a,a", '["a", ""]', ",".join(map(str, range(101)))])
def test_options_are_up_to_a_hundred_different_names(house: Any, options: Any) -> None:
    with pytest.raises(OptionsInvalid):
        define(house, options=options)


def test_labels_are_listed_by_order_then_by_age(house: Any) -> None:
    for name, order in (("late", "3"), ("first", -1), ("usual", None)):
        house.do(labels.manage, name, {} if order is None else {"displayOrder": order})
    assert [label["name"] for label in house.do(labels.listed)] == ["first", "usual", "vip", "lead", "wholesale", "late"]


def test_a_known_label_keeps_what_is_left_out(house: Any) -> None:
    label, new = house.do(labels.manage, "vip", {"color": "#000000"})
    assert not new
    assert label == {
        "id": "label_Nc6Jv2Gp8D",
        "channelId": house.channel,
        "name": "vip",
        "description": "Orders every month",
        "color": "#000000",
        "displayOrder": 1,
    }
