"""The laws of xpressbot's contacts, custom fields and labels: made once, changed afterwards, found again."""

from __future__ import annotations

import json

import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.likeness import tells
from contract_tests.laws.xpressbot import (
    BY,
    PICTURE,
    Json,
    accepted,
    as_text,
    call,
    done,
    field,
    found,
    mail,
    mark,
    phone,
    refused,
    somebody,
    unknown,
)

TYPES = ("text", "number", "email", "phone", "date", "label", "dropdown")


@law("X09", "X10")
@pytest.mark.parametrize("by", BY)
def test_a_number_is_one_contact_made_once_and_changed_afterwards(xpressbot: Api, by: str) -> None:
    number, name = unknown(xpressbot), mark(xpressbot)
    assert found(xpressbot, number) == [], "nobody has this number yet"
    made = done(xpressbot, "/contacts/manage", by, phoneNumber=number, name=name)
    assert (made["phoneNumber"], made["name"]) == (number, name), "the contact is made as it was given"
    assert [contact["id"] for contact in found(xpressbot, number)] == [made["id"]], "a new number makes a contact"
    renamed = mark(xpressbot)
    changed = done(xpressbot, "/contacts/manage", by, phoneNumber=number, name=renamed)
    assert changed["id"] == made["id"], "a known number is the contact that is there"
    assert [contact["name"] for contact in found(xpressbot, number)] == [renamed], "it is changed, and there is no second one"
    assert found(xpressbot, number, actor="stranger") == [], "it is in its own channel only"


@law("X11")
def test_custom_field_values_come_as_an_object_or_as_pairs(xpressbot: Api) -> None:
    plan, source = field(xpressbot), field(xpressbot)
    wanted = {plan: "pro", source: "website"}
    for by in BY:
        for given in (wanted, f"{plan}:pro,{source}:website", json.dumps(wanted)):
            number = phone(xpressbot)
            made = done(xpressbot, "/contacts/manage", by, phoneNumber=number, customFieldsData=given)
            assert tells(made["customFieldsData"], wanted), "an object and pairs mean the same values"
            assert tells(found(xpressbot, number)[0]["customFieldsData"], wanted), "they come back in the list"
        for given in ({mark(xpressbot): "x"}, f"{mark(xpressbot)}:x"):
            refused(call(xpressbot, "/contacts/manage", by, phoneNumber=somebody(xpressbot), customFieldsData=given), 400)


@law("X12")
def test_labels_come_separated_by_commas_or_as_an_array(xpressbot: Api) -> None:
    wanted = [mark(xpressbot), mark(xpressbot)]
    for by in BY:
        for given in (wanted, ",".join(wanted), json.dumps(wanted)):
            number = phone(xpressbot)
            made = done(xpressbot, "/contacts/manage", by, phoneNumber=number, labelNames=given)
            assert made["labelNames"] == wanted, "text and array mean the same labels"
            assert found(xpressbot, number)[0]["labelNames"] == wanted, "they come back in the list"
    names = {label["name"] for label in done(xpressbot, "/labels/list")}
    assert set(wanted) <= names, "labels that did not exist were made"


@law("X13")
def test_name_address_and_picture_are_kept(xpressbot: Api) -> None:
    for by in BY:
        number = phone(xpressbot)
        given = {"name": mark(xpressbot), "email": mail(xpressbot), "profilePictureUrl": PICTURE}
        done(xpressbot, "/contacts/manage", by, phoneNumber=number, **given)
        (contact,) = found(xpressbot, number)
        assert {name: contact[name] for name in given} == given, "what was given comes back in the list"
        done(xpressbot, "/contacts/manage", by, phoneNumber=number, name="Other")
        (contact,) = found(xpressbot, number)
        assert contact["email"] == given["email"], "what an update leaves out stays as it was"
    for wrong in ({"email": "nobody"}, {"profilePictureUrl": "nowhere"}, {"name": 5}):
        refused(call(xpressbot, "/contacts/manage", phoneNumber=somebody(xpressbot), **wrong), 400)


@law("X15", "X16")
def test_contacts_come_in_pages_that_add_up(xpressbot: Api) -> None:
    name = mark(xpressbot)
    made = [done(xpressbot, "/contacts/manage", phoneNumber=phone(xpressbot), name=name)["id"] for _ in range(51)]
    for by in BY:
        usual = accepted(call(xpressbot, "/contacts/list", by, search=name))
        assert usual["pagination"] == {"page": 1, "limit": 50, "total": 51, "pages": 2}, "page is 1 and limit 50 if left out"
        assert len(usual["data"]) == 50, "a page holds as many as its limit says"
        for limit, pages in ((1, 51), (20, 3), (51, 1), (200, 1)):
            seen: list[str] = []
            for page in range(1, pages + 1):
                body = accepted(call(xpressbot, "/contacts/list", by, search=name, page=page, limit=limit))
                assert body["pagination"] == {"page": page, "limit": limit, "total": 51, "pages": pages}, "the figures fit"
                assert len(body["data"]) == min(limit, 51 - len(seen)), "every page but the last is full"
                seen += [contact["id"] for contact in body["data"]]
            assert sorted(seen) == sorted(made), "all pages together hold every contact once"
        beyond = accepted(call(xpressbot, "/contacts/list", by, search=name, page=3))
        assert (beyond["data"], beyond["pagination"]["total"]) == ([], 51), "beyond the last page there is nothing"
        for wrong in ({"limit": 201}, {"limit": 0}, {"page": 0}, {"page": -1}, {"limit": "many"}):
            refused(call(xpressbot, "/contacts/list", by, **wrong), 400)


@law("X17")
def test_a_search_looks_into_names_and_numbers(xpressbot: Api) -> None:
    number, name = phone(xpressbot), mark(xpressbot)
    wanted = done(xpressbot, "/contacts/manage", phoneNumber=number, name=f"Anna {name} Smit")["id"]
    other = done(xpressbot, "/contacts/manage", phoneNumber=phone(xpressbot), name=mark(xpressbot))["id"]
    for by in BY:
        for text in (name, name.upper(), f"anna {name}", number, number[1:], number[4:]):
            ids = [contact["id"] for contact in done(xpressbot, "/contacts/list", by, search=text, limit=200)]
            assert wanted in ids, "a part of the name or of the number finds the contact"
            assert other not in ids, "and nobody who has it in neither"
        assert done(xpressbot, "/contacts/list", by, search=mark(xpressbot)) == [], "nothing is found where nothing fits"


@law("X18", "X21")
@pytest.mark.parametrize("by", BY)
def test_a_custom_field_is_defined_once_and_changed_afterwards(xpressbot: Api, by: str) -> None:
    name = mark(xpressbot)
    made = done(xpressbot, "/custom-fields/manage", by, name=name, type="dropdown", options=["a", "b"])
    changed = done(xpressbot, "/custom-fields/manage", by, name=name, options=["a", "c"], isRequired=True)
    assert changed["id"] == made["id"], "a known name is the field that is there"
    wanted = {"name": name, "type": "dropdown", "options": ["a", "c"], "isRequired": True}
    listed = [one for one in done(xpressbot, "/custom-fields/list", by) if one["name"] == name]
    assert [{part: one[part] for part in wanted} for one in listed] == [wanted], "the list has it once, as it is now"
    names = [field(xpressbot) for _ in range(3)]
    ids = [one["name"] for one in done(xpressbot, "/custom-fields/list", by)]
    assert set(names) <= set(ids), "all definitions of the channel are listed"
    theirs = {one["name"] for one in done(xpressbot, "/custom-fields/list", by, "stranger")}
    assert name not in theirs, "a field is known in its own channel only"


@law("X19")
def test_a_field_has_one_of_seven_types_and_takes_what_fits(xpressbot: Api) -> None:
    label = done(xpressbot, "/labels/manage", name=mark(xpressbot))["name"]
    fits = dict(zip(TYPES, ["any", 12.5, "jane@example.com", "+31612345678", "2026-04-24", label, "b"], strict=True))
    wrong = dict(zip(TYPES[1:], ["many", "nobody", "12", "tomorrow", mark(xpressbot), "z"], strict=True))
    assert done(xpressbot, "/custom-fields/manage", name=mark(xpressbot))["type"] == "text", "type is text if left out"
    for by in BY:
        for type in TYPES:
            made = done(xpressbot, "/custom-fields/manage", by, name=mark(xpressbot), type=type, options=["a", "b"])
            assert made["type"] == type, f"a field may be of type {type}"
            given = {made["name"]: fits[type]}
            contact = done(xpressbot, "/contacts/manage", by, phoneNumber=somebody(xpressbot), customFieldsData=given)
            assert tells(contact["customFieldsData"], given), f"a field of type {type} takes what is one"
            if type in wrong:
                given = {made["name"]: wrong[type]}
                refused(call(xpressbot, "/contacts/manage", by, phoneNumber=somebody(xpressbot), customFieldsData=given), 400)
        refused(call(xpressbot, "/custom-fields/manage", by, name=mark(xpressbot), type="colour"), 400)


@law("X20")
def test_a_field_is_optional_and_options_are_an_array(xpressbot: Api) -> None:
    for by in BY:
        made = done(xpressbot, "/custom-fields/manage", by, name=mark(xpressbot))
        assert made["isRequired"] is False, "isRequired is false if left out"
        for flag in (True, False):
            given: Json = {"type": "dropdown", "isRequired": flag, "options": ["light", "dark, very"]}
            made = done(xpressbot, "/custom-fields/manage", by, name=mark(xpressbot), **given)
            assert {name: made[name] for name in given} == given, "flag and options are kept as given"
            worded = done(xpressbot, "/custom-fields/manage", by, name=mark(xpressbot), isRequired=as_text(flag))
            assert worded["isRequired"] is flag, "isRequired may be a word"
        refused(call(xpressbot, "/custom-fields/manage", by, name=mark(xpressbot), isRequired="perhaps"), 400)


def shown(label: Json, wanted: Json) -> Json:
    """What is wanted of a label; a colour is the same in capital digits."""
    return {part: label[part].lower() if part == "color" else label[part] for part in wanted}


@law("X22", "X23")
@pytest.mark.parametrize("by", BY)
def test_a_label_is_made_once_and_changed_afterwards(xpressbot: Api, by: str) -> None:
    name = mark(xpressbot)
    given: Json = {"description": "First", "color": "#FF5733", "displayOrder": 3}
    made = done(xpressbot, "/labels/manage", by, name=name, **given)
    assert shown(made, given) == shown(given, given), "description, colour and order are kept as given"
    changed = done(xpressbot, "/labels/manage", by, name=name, color="#00ff00", displayOrder=-1)
    assert changed["id"] == made["id"], "a known name is the label that is there"
    wanted = {"name": name, "description": "First", "color": "#00ff00", "displayOrder": -1}
    names = [done(xpressbot, "/labels/manage", name=mark(xpressbot))["name"] for _ in range(3)]
    listed = done(xpressbot, "/labels/list", by)
    told = [shown(label, wanted) for label in listed if label["name"] == name]
    assert told == [wanted], "the list has the label once, as it is now"
    assert set(names) <= {label["name"] for label in listed}, "all labels of the channel are listed"
    orders = [label["displayOrder"] for label in listed]
    assert orders == sorted(orders), "displayOrder is the order of the list"
    assert name not in {label["name"] for label in done(xpressbot, "/labels/list", by, "stranger")}, "in its own channel only"
    for wrong in ({"color": "red"}, {"displayOrder": "first"}, {"displayOrder": 1.5}):
        refused(call(xpressbot, "/labels/manage", by, name=mark(xpressbot), **wrong), 400)
