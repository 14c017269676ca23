"""People: whom a law writes to: anybody where nobody is reached, and those alone whom the target pins elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract_tests.deployment import Api

PHONE, EMAIL = "phone", "email"
Made = Callable[[], str]


def pinned(api: Api, kind: str) -> list[str]:
    """The target's recipients of this kind; none where any may be made up."""
    return list((api.deployment.can.get("recipients") or {}).get(kind, ()))


def _is_bound(api: Api) -> bool:
    return any((api.deployment.can.get("recipients") or {}).values())


def somebody(api: Api, kind: str, made: Made) -> str:
    """An address to which something is sent, be it sent to once more."""
    known = pinned(api, kind)
    if not known and _is_bound(api):
        pytest.skip(f"The target pins no {kind} to write to")
    return api.random.choice(known) if known else made()


def another(api: Api, kind: str, made: Made) -> str:
    """An address that the law has not drawn before; the law is skipped where there are no more of them."""
    known = pinned(api, kind)
    if not known and not _is_bound(api):
        return made()
    drawn = api.drawn.setdefault(kind, [])
    if len(drawn) >= len(known):
        pytest.skip(f"needs more recipients than the target pins: {len(known)} of kind {kind}")
    drawn.append(known[len(drawn)])
    return drawn[-1]


def stranger(api: Api, kind: str, made: Made) -> str:
    """An address of which the target knows nothing yet; the law is skipped where none may be made up."""
    if _is_bound(api):
        pytest.skip(f"needs a {kind} that nobody knows yet, and may write to none but those whom the target pins")
    return made()
