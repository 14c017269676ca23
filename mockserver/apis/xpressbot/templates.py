"""Templates: what WhatsApp has approved, and how a message fills one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.apis.xpressbot.state import Entity
from mockserver.apis.xpressbot.texts import Value, array, plain
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

APPROVED, USUAL_LANGUAGE = "APPROVED", "en"
LONGEST_VARIABLE = 1024
MEDIA = ("image", "video", "document")
_PLACE = re.compile(r"\{\{([0-9]+)\}\}")
#: What the contract calls the variables one by one; a name beyond them is not its own and not read.
_BY_INDEX = {f"body{number}": number for number in range(1, 11)}


class TemplateUnknown(Refusal):
    """The channel has no template of this name."""


class TemplateLanguageUnknown(Refusal):
    """The template does not exist in this language."""


class TemplateNotApproved(Refusal):
    """The template waits for approval or was turned down."""


class VariablesMismatch(Refusal):
    """There is not one value for each of the body's variables."""


class HeaderMissing(Refusal):
    """The template's header needs something, and nothing was given."""


class HeaderMismatch(Refusal):
    """What was given for the header is not what the template's header takes."""


def approved(tx: Transaction, channel_id: str) -> list[Entity]:
    """The channel's approved templates, one for each language, the oldest first."""
    return [record.body for record in tx.find("template", channel_id, {"status": APPROVED})]


def store(tx: Transaction, template: Entity) -> None:
    """Keep a template in one language, new or changed."""
    facets = {"status": template["status"], "templateName": template["templateName"]}
    tx.put("template", template["channelId"], template["id"], template, facets)


def choose(tx: Transaction, channel_id: str, name: str, language: str | None) -> Entity:
    """The approved template of exactly this name: in the language named, or else in English or the oldest one."""
    found = [record.body for record in tx.find("template", channel_id, {"templateName": name})]
    if not found:
        raise TemplateUnknown
    if language is not None:
        found = [template for template in found if template["languageCode"] == language]
        if not found:
            raise TemplateLanguageUnknown
    found = [template for template in found if template["status"] == APPROVED]
    if not found:
        raise TemplateNotApproved
    return next((template for template in found if template["languageCode"] == USUAL_LANGUAGE), found[0])


def fill(template: Entity, given: Mapping[str, Any]) -> list[str]:
    """The values for the variables of the template's body, after all that it needs has been found in a request."""
    variables = _variables(given, len(template["variables"]))
    _check_header(template, given)
    return variables


def content(template: Entity, variables: Sequence[str]) -> str:
    """The template's body with its variables filled in."""
    return _PLACE.sub(lambda place: variables[int(place[1]) - 1], template["body"])


def _variables(given: Mapping[str, Any], wanted: int) -> list[str]:
    """``variables`` in order, each replaced by ``body1``, ``body2``, … where there is one."""
    numbered: dict[int, Value] = dict(enumerate(array(given.get("variables", [])), 1))
    numbered |= {number: given[name] for name, number in _BY_INDEX.items() if name in given}
    if set(numbered) != set(range(1, wanted + 1)) or not all(map(_is_variable, numbered.values())):
        raise VariablesMismatch
    return [plain(numbered[number]) for number in range(1, wanted + 1)]


def _is_variable(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and 0 < len(plain(value)) <= LONGEST_VARIABLE


def _check_header(template: Entity, given: Mapping[str, Any]) -> None:
    wanted = template["mediaType"] or ("header" if _PLACE.search(template["header"] or "") else None)
    offered = [name for name in ("header", *MEDIA) if name in given]
    if "mediaUrl" in given or "mediaType" in given:
        # The two go together.
        offered.append(given.get("mediaType", "") if "mediaUrl" in given else "")
    if wanted is not None and not offered:
        raise HeaderMissing
    if offered != [wanted] * (wanted is not None):
        raise HeaderMismatch
