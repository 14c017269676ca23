"""What provokes xpressbot."""

from __future__ import annotations

import httpx

from contract_tests.provoking.provocation import Provocation, Provoked, but, made, right, showing
from contract_tests.tenants.asking import Json
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.things import absent, first

_NOBODYS = "xb_live_000000000000000000000000"


def _both(name: str) -> tuple[str, str]:
    """The two spellings of an endpoint."""
    return name, f"{name}_by_post"


def _absent(name: str) -> Provocation:
    def provoke(stage: Stage, operation_id: str) -> httpx.Response:
        asked = right(stage, operation_id)
        return asked.placing(asked.where(name) or "body", name, absent(stage.things()(name), stage.api.random)).send(
            stage.api.client
        )

    return provoke


def _strangers_channel(stage: Stage) -> Json:
    return {"channelId": stage.things("stranger")("channelId")}


def _ambiguous(stage: Stage, operation_id: str) -> httpx.Response:
    """By a key that has two channels, of none in particular."""
    asked = right(stage, operation_id, None, {"channelId": None})
    return stage.by(asked, "HeaderKey", stage.things("two_channels")).send(stage.api.client)


def _unlike_its_field(stage: Stage) -> Json:
    """A text for a field that holds a number."""
    name = stage.things().mark()
    right(stage, "manage_custom_field_by_post", None, {"name": name, "type": "number"}).send(stage.api.client)
    return {"customFieldsData": {name: "many"}}


def _templates(stage: Stage) -> list[Json]:
    owner = stage.things()
    found = owner.ask("POST", "/whatsapp/templates/list", "HeaderKey", json={"channelId": owner("channelId")})["data"]
    return list(found)


def _with_header(stage: Stage) -> Json:
    """A template that needs a picture, sent without."""
    found = first([each for each in _templates(stage) if each["mediaType"]], "template with a medium")
    filled: Json = {"templateName": found["templateName"], "languageCode": found["languageCode"], "header": None}
    filled |= {f"body{place}": f"value {place}" if place <= len(found["variables"]) else None for place in range(1, 11)}
    return filled | dict.fromkeys(("image", "video", "document"))


def _another_header(stage: Stage) -> Json:
    kind = first([each for each in _templates(stage) if each["mediaType"]], "template with a medium")["mediaType"]
    return _with_header(stage) | {"video" if kind == "image" else "image": "https://cdn.example.com/a.jpg"}


PROVOKED = Provoked(
    at={
        "CredentialMalformed": (_both("list_channels"), showing(("Authorization", lambda stage: "Basic x"))),
        "CredentialUnknown": (_both("list_channels"), showing(("X-API-Key", lambda stage: _NOBODYS))),
        "ChannelAmbiguous": (_both("list_contacts"), _ambiguous),
        "ChannelForbidden": (_both("list_contacts"), made(_strangers_channel)),
        "ChannelUnknown": (_both("list_contacts"), _absent("channelId")),
        "CustomFieldsInvalid": (_both("manage_contact"), but(customFieldsData="no-colon-at-all")),
        "CustomFieldUnknown": (_both("manage_contact"), but(customFieldsData={"a-field-of-nobody": "x"})),
        "CustomFieldValueInvalid": (_both("manage_contact"), made(_unlike_its_field)),
        "LabelNamesInvalid": (_both("manage_contact"), but(labelNames=["x" * 200])),
        "OptionsInvalid": (_both("manage_custom_field"), but(options=["light", "light"])),
        "VariablesMismatch": (_both("send_template"), but(body10="one too many")),
        "HeaderMissing": (_both("send_template"), made(_with_header)),
        "HeaderMismatch": (_both("send_template"), made(_another_header)),
        "TemplateUnknown": (_both("send_template"), but(templateName="a_template_of_nobody")),
        "TemplateLanguageUnknown": (_both("send_template"), but(languageCode="tlh")),
        "MessageContentMissing": (_both("send_message"), but(body=None)),
        "WindowClosed": (_both("send_message"), made(lambda stage: {"to": stage.things().phone()})),
        "MessageUnknown": (_both("get_message_status"), _absent("wamid")),
        "AutomationNotNamed": (_both("trigger_automation"), but(automationId=None)),
        "AutomationUnknown": (_both("trigger_automation"), _absent("automationId")),
    },
    never={"TemplateNotApproved": "the list shows approved templates alone, so nobody learns the name of another"},
    statements={"": ("X37", "X38")},
)
