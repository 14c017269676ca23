"""People: who may take part in a sequence, what each presents, and which ids are theirs; named, never written down."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests import credentials
from contract_tests.contracts import Spec
from contract_tests.fuzz.sequence import NoSuchValue, own

OWNER, STRANGER = "owner", "stranger"


class People:
    """The cast of one API. ``cast``: actor → credentials and ids."""

    def __init__(self, api: str, spec: Spec, cast: Mapping[str, Mapping[str, Any]]) -> None:
        self.api, self._spec, self._cast = api, spec, cast
        self._schemes = {name: list(_having(api, name, cast)) for name in credentials.SECRETS.get(api, {})}
        self._ids = {actor: _ids(api, said) for actor, said in cast.items()}

    def having(self, scheme: str | None) -> list[str]:
        """The actors who have a credential of this kind."""
        return self._schemes.get(scheme, []) if scheme is not None else []

    def ids(self, actor: str) -> dict[str, list[Any]]:
        """The actor's ids by the names under which requests carry them."""
        return self._ids.get(actor, {})

    def value(self, mark: Mapping[str, Any], caller: str | None) -> Any:
        """What a mark for an actor's id stands for. NoSuchValue if the actor has no such id."""
        known = self.ids(mark["of"] or caller or OWNER).get(mark["id"], [])
        if not known:
            raise NoSuchValue(mark["id"])
        value = known[mark["at"] % len(known)]
        return str(value) if mark.get("text") else value

    def mark(self, name: str, value: Any) -> Any:
        """The value, or the mark for it if it is an id of the owner's under this name."""
        known = [str(each) for each in self.ids(OWNER).get(name, [])]
        if not isinstance(value, str | int) or str(value) not in known:
            return value
        of = "" if name in credentials.CALLER_IDS.get(self.api, {}) else OWNER
        return own(of, name, known.index(str(value)), text=isinstance(value, str))

    def present(self, actor: str, scheme: str) -> tuple[str, str, str]:
        """What the actor shows: where (header, query or body), under which name, and the secret itself."""
        secret = credentials.secret(self.api, scheme, self._cast[actor])
        in_body = self._spec.get("x-credential-in-body", {})
        if in_body.get("scheme") == scheme:
            return "body", in_body["name"], secret
        declared = self._spec["components"]["securitySchemes"][scheme]
        if declared["type"] == "apiKey":
            return declared["in"], declared["name"], secret
        if declared["scheme"].lower() == "basic":
            return "header", "Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}"
        return "header", "Authorization", f"Bearer {secret}"

    def secrets(self) -> set[str]:
        """Every secret that this cast could show."""
        return {
            str(credentials.secret(self.api, scheme, self._cast[actor]))
            for scheme, actors in self._schemes.items()
            for actor in actors
        }


def _having(api: str, scheme: str, cast: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for actor, said in cast.items():
        try:
            if credentials.secret(api, scheme, dict(said)):
                yield actor
        except (KeyError, TypeError):
            continue


def _ids(api: str, said: Mapping[str, Any]) -> dict[str, list[Any]]:
    kinds = {**credentials.TENANT_IDS.get(api, {}), **credentials.CALLER_IDS.get(api, {})}
    found: dict[str, list[Any]] = {}
    for name, read in kinds.items():
        try:
            found[name] = list(read(said))
        except (KeyError, TypeError):
            continue
    return found
