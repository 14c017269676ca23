"""The laws of bird that concern receivers: who becomes a contact, and who can be written to."""

from __future__ import annotations

import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law, people
from contract_tests.laws.bird import (
    Json,
    found,
    get,
    home,
    mail,
    mark,
    message,
    nobody,
    outbox,
    phone,
    post,
    receiver,
    receivers,
    refused,
    sent,
    walk,
)


def contacts_with(api: Api, value: str) -> list[Json]:
    """The owner's contacts that have this identifier."""
    everybody = walk(api, f"{home(api)}/contacts")
    return [one for one in everybody if value in (identifier["value"] for identifier in one["featuredIdentifiers"])]


@law("B09", "B10")
@pytest.mark.parametrize(("kind", "wanted"), [("sms", "phonenumber"), ("whatsapp", "phonenumber"), ("email", "emailaddress")])
def test_sending_makes_one_contact_with_the_channels_kind_of_identifier(bird: Api, kind: str, wanted: str) -> None:
    value = people.stranger(bird, wanted, lambda: mail(bird) if kind == "email" else phone(bird))
    while contacts_with(bird, value):
        value = phone(bird)
    first = sent(bird, kind, receiver=receiver(value))["receiver"]["contacts"][0]
    assert (first["identifierKey"], first["identifierValue"]) == (wanted, value), f"a {kind} receiver has a {wanted}"
    known = contacts_with(bird, value)
    assert [one["id"] for one in known] == [first["id"]], "sending makes the contact that the message names"
    identifiers = [(identifier["key"], identifier["value"]) for identifier in known[0]["featuredIdentifiers"]]
    assert identifiers == [(wanted, value)], f"the contact has the {wanted} and nothing else"
    again = sent(bird, kind, receiver=receiver(value))["receiver"]["contacts"][0]
    assert again["id"] == first["id"], "a second message goes to the contact of the first"
    assert len(contacts_with(bird, value)) == 1, "a second message makes no second contact"
    found(get(bird, f"{home(bird)}/contacts/{first['id']}"))


@law("B10")
def test_a_receiver_of_the_wrong_kind_is_refused_and_makes_no_contact(bird: Api) -> None:
    for kind, value in (("sms", mail(bird)), ("whatsapp", mail(bird)), ("email", phone(bird))):
        if contacts_with(bird, value):
            continue
        refused(post(bird, outbox(bird, kind), message(bird, receiver=receiver(value))), 422, ".receiver.contacts[0]")
        said = "emailaddress" if kind == "email" else "phonenumber"
        for given in ({"identifierValue": value}, {"identifierKey": said, "identifierValue": value}):
            lying = message(bird, receiver={"contacts": [given]})
            refused(post(bird, outbox(bird, kind), lying), 422, ".receiver.contacts[0]")
        assert contacts_with(bird, value) == [], "a refused message makes no contact"


@law("B11")
def test_a_message_has_a_body_or_a_template_and_never_both(bird: Api) -> None:
    template = bird.cast["owner"]["template"]
    shown = sent(bird, body=None, template=template)
    read = found(get(bird, f"{outbox(bird)}/{shown['id']}"))
    assert all(read["template"][name] == template[name] for name in template), "a message keeps its template"
    assert "template" not in sent(bird), "a message with a body has no template"
    refused(post(bird, outbox(bird), message(bird, body=None)), 422)
    refused(post(bird, outbox(bird), message(bird, template=template)), 422)
    refused(post(bird, outbox(bird), {**message(bird, template=template), "body": None}), 422)


@law("B11")
def test_a_template_that_does_not_exist_is_refused(bird: Api) -> None:
    template = bird.cast["owner"]["template"]
    foreign = bird.cast["stranger"]["template"]
    for wrong in ({**template, "projectId": nobody(bird)}, {**template, "version": nobody(bird)}, foreign):
        refused(post(bird, outbox(bird), message(bird, body=None, template=wrong)), 422, ".template")


@law("B12")
def test_several_receivers_are_for_mail_only(bird: Api) -> None:
    wanted = receivers(bird, "email", 3)
    values = [contact["identifierValue"] for contact in wanted["contacts"]]
    shown = sent(bird, "email", receiver=wanted)
    for view in (shown, found(get(bird, f"{outbox(bird, 'email')}/{shown['id']}"))):
        got = [contact["identifierValue"] for contact in view["receiver"]["contacts"]]
        assert got == values, "an e-mail goes to all of its receivers"
    for kind in ("sms", "whatsapp"):
        tag = mark(bird)
        several = message(bird, receiver=receivers(bird, kind, 2), tags=[tag])
        refused(post(bird, outbox(bird, kind), several), 422, ".receiver.contacts")
        assert found(get(bird, outbox(bird, kind), tags=tag))["results"] == [], "none of several receivers gets the message"
        sent(bird, kind)
