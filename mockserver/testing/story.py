"""The story of a sandbox: what a failing test shows of its journal, its webhooks and its faults."""

from __future__ import annotations

from typing import Any

from mockserver.testing.journal import NOTHING
from mockserver.testing.mock import Understudy

#: So many of the latest requests and webhooks, and so many characters at the end, are shown.
_LATEST, _LONGEST = 20, 20_000
#: By so many characters at its beginning the text of a failure is known to tell of what was sent.
_KNOWN_BY = 40


def attach(report: Any, here: Understudy, error: BaseException | None) -> None:
    """Lay the story beside the reasons of a failure, where terminals, workers and JUnit files find it alike."""
    title = f"understudy: sandbox {here.name}"
    text = told(here, error)
    if hasattr(report.longrepr, "addsection"):
        report.longrepr.addsection(title, text)
    else:
        report.longrepr = f"{report.longrepr}\n{title:-^80}\n{text}"


def told(here: Understudy, error: BaseException | None) -> str:
    """What was sent, what left, what was to go wrong. Never raises: the failure itself matters more."""
    parts = [part for tell in (_asked(error), _journal, _webhooks, _faults) if (part := _safely(tell, here))]
    text = "\n\n".join(parts)
    return text if len(text) <= _LONGEST else f"… (the last {_LONGEST} characters)\n{text[-_LONGEST:]}"


def _safely(tell: Any, here: Understudy) -> str:
    try:
        return str(tell(here))
    except Exception as problem:
        return f"(could not be told: {problem})"


def _asked(error: BaseException | None) -> Any:
    def tell(here: Understudy) -> str:
        # Only if the failure is about it: what a test asked for may well not be there.
        about = here.asked is not None and repr(here.asked)[:_KNOWN_BY] in str(error)
        return str(here.asked) if about and str(here.asked) not in str(error) else ""

    return tell


def _journal(here: Understudy) -> str:
    from mockserver.journal.told import told as in_full  # noqa: PLC0415

    found = here.control.call("GET", "/journal", params={"order": "newest", "limit": _LATEST})
    if not found["entries"]:
        return NOTHING
    head = f"journal, the latest {len(found['entries'])} of {found['total']}"
    return f"{head}\n\n{in_full(reversed(found['entries']))}"


def _webhooks(here: Understudy) -> str:
    deliveries = here.webhooks.deliveries()
    lines = [f"webhooks, the latest {min(len(deliveries), _LATEST)} of {len(deliveries)}"] if deliveries else []
    return "\n".join([*lines, *(f"  {delivery.told()}" for delivery in deliveries[-_LATEST:])])


def _faults(here: Understudy) -> str:
    faults = here.faults()
    return "\n".join([*(["faults"] if faults else []), *(f"  {fault!r}" for fault in faults)])
