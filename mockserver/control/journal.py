"""The journal: what was asked and answered, searched, counted, waited for, explained; and what was never asked."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from mockserver import apis
from mockserver.control.deeds import ApiNotServed, Deeds
from mockserver.coverage.report import report
from mockserver.data import MOUNTS
from mockserver.engine.aliases import alias
from mockserver.engine.faults.armed import room
from mockserver.engine.faults.rules import kept_rules
from mockserver.engine.faults.words import described
from mockserver.engine.refusals import BodyInvalid, InvalidRequest, Issue, ParameterInvalid, Refusal
from mockserver.engine.sandbox import DEFAULT
from mockserver.exchange import Call, LaterReply, Reply
from mockserver.journal.entry import Entry
from mockserver.journal.explained import explain
from mockserver.journal.journal import Journal
from mockserver.journal.places import secrets_of
from mockserver.journal.search import Search
from mockserver.journal.shown import Shown
from mockserver.playground import Playground
from mockserver.serving.contract import Contract
from mockserver.worlds import Fixture

#: A reply to a wait shows no more entries than this.
_MOST = 1000
#: In seconds: one look for all that comes in so short a time.
_BREATH = 0.01


class EntryUnknown(Refusal):
    """The journal of the sandbox has no such entry (any more)."""


#: What is secret in a fixture: as the world has it, and which of it gets an alias in each sandbox.
_SECRETS: WeakKeyDictionary[Fixture, tuple[str, ...]] = WeakKeyDictionary()


class JournalDeeds(Deeds):
    """The journal of the sandbox, and the coverage of the run."""

    def list_journal(
        self,
        call: Call,
        *,
        api: str | None,
        operation: str | None,
        actor: str | None,
        method: str | None,
        path: str | None,
        status: str | None,
        verdict: str | None,
        fault: str | None,
        body: str | None,
        header: str | None,
        text: str | None,
        since: int | None,
        until: int | None,
        order: str,
        limit: int,
        offset: int,
    ) -> Reply:
        """List what fits."""
        wishes = {
            "api": api, "operation": operation, "actor": actor, "method": method, "path": path, "status": status,
            "verdict": verdict, "fault": fault, "body": body, "header": header, "text": text, "since": since, "until": until,
        }  # fmt: skip
        self._check(call, wishes, ParameterInvalid)
        journal, shown = self._reading(call)
        search = Search(shown, wishes)
        entries = reversed(journal) if order == "newest" else journal
        fitting = [entry for entry in entries if search.fits(entry)]
        page = islice(fitting, offset, offset + limit)
        return Reply({**_counts(journal, len(fitting)), "entries": [shown.entry(entry) for entry in page]})

    def count_journal(
        self,
        call: Call,
        *,
        api: str | None,
        operation: str | None,
        actor: str | None,
        method: str | None,
        path: str | None,
        status: str | None,
        verdict: str | None,
        fault: str | None,
        body: str | None,
        header: str | None,
        text: str | None,
        since: int | None,
        until: int | None,
    ) -> Reply:
        """Count what fits."""
        wishes = {
            "api": api, "operation": operation, "actor": actor, "method": method, "path": path, "status": status,
            "verdict": verdict, "fault": fault, "body": body, "header": header, "text": text, "since": since, "until": until,
        }  # fmt: skip
        self._check(call, wishes, ParameterInvalid)
        journal, shown = self._reading(call)
        search = Search(shown, wishes)
        return Reply(_counts(journal, sum(search.fits(entry) for entry in journal)))

    def wait_for_journal(self, call: Call, body: dict[str, Any]) -> LaterReply:
        """Answer when so many are there."""
        wish = {"count": 1, "timeout": 5, **body}
        self._check(call, wish, BodyInvalid)
        return LaterReply(partial(self._wait, self._here(call), wish))

    async def _wait(self, here: Playground, wish: Mapping[str, Any]) -> Reply:
        stirred = asyncio.Event()
        # The sandbox stirs when nobody is to wait any more.
        ends = [here.journal.watch(stirred.set), here.sandbox.watch(stirred.set)]
        found: list[Entry] = []
        seen = 0
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wish["timeout"]):
                    while True:
                        stirred.clear()
                        found += self._fitting(here, wish, seen)
                        seen = here.journal.last
                        if len(found) >= wish["count"] or here.leaving:
                            break
                        await stirred.wait()
                        await asyncio.sleep(_BREATH)
        finally:
            for end in ends:
                end()
        found += self._fitting(here, wish, seen)
        shown = self._shown(here)
        counts = _counts(here.journal, len(found))
        return Reply({"met": len(found) >= wish["count"], **counts, "entries": [shown.entry(one) for one in found[:_MOST]]})

    def _fitting(self, here: Playground, wish: Mapping[str, Any], seen: int) -> list[Entry]:
        search = Search(self._shown(here), wish)
        return [entry for entry in here.journal.after(seen) if search.fits(entry)]

    def get_journal_entry(self, call: Call, *, entry_id: int) -> Reply:
        """Read one."""
        journal, shown = self._reading(call)
        return Reply(shown.entry(_entry(journal, entry_id)))

    def explain_journal_entry(self, call: Call, *, entry_id: int) -> Reply:
        """Say why it was answered so."""
        journal, shown = self._reading(call)
        mounts = [MOUNTS[api] for api in self._mock.settings.apis]
        terms = {kept.id: described(kept) for kept in kept_rules(room(call.tx))}
        return Reply(explain(_entry(journal, entry_id), shown, mounts, terms))

    def clear_journal(self, call: Call) -> Reply:
        """Forget all of them."""
        self._here(call).journal.clear()
        return Reply()

    def get_coverage(self, call: Call, *, of: str, api: list[str] | None, format: str) -> Reply:
        """What was exercised, of the run or of this sandbox."""
        wanted = api or self._mock.settings.apis
        if not set(wanted) <= set(self._mock.settings.apis):
            raise ApiNotServed
        counts = self._here(call).coverage if of == "sandbox" else self._mock.sandboxes.records.coverage
        return Reply(report([self._mock.contracts[name] for name in dict.fromkeys(wanted)], counts))

    def _check(self, call: Call, wishes: Mapping[str, Any], refusal: type[InvalidRequest]) -> None:
        """Whether there is what is asked for: a search for a misspelt name would find nothing, which looks like an answer."""
        api = wishes.get("api")
        if api not in (None, *self._mock.settings.apis):
            raise ApiNotServed
        meant = [api] if api else list(self._mock.settings.apis)
        operations = [one.id for name in meant for one in self._mock.contracts[name].answering]
        actors = [actor for name in meant for actor in self._here(call).cast(name)]
        issues = [
            Issue((name,), "enum", f"{what}; {_hint(wishes[name], known)}")
            for name, known, what in (
                ("operation", operations, "no API that is meant has such an operation"),
                ("actor", actors, "the world has no such actor"),
            )
            if wishes.get(name) is not None and wishes[name] not in known
        ]
        if issues:
            raise refusal(issues=issues)

    def _reading(self, call: Call) -> tuple[Journal, Shown]:
        here = self._here(call)
        return here.journal, self._shown(here)

    def _shown(self, here: Playground) -> Shown:
        return Shown(here.journal, partial(_name, here), [self._mock.settings.control_token, *self._secrets(here)])

    def _secrets(self, here: Playground) -> Iterator[str]:
        """What is secret in the sandbox's world, as the world spells it and as the sandbox does."""
        for api, fixture in here.world.fixtures.items():
            known = _SECRETS.get(fixture)
            if known is None:
                known = _SECRETS[fixture] = tuple(dict.fromkeys(_secret(self._mock.contracts[api], fixture)))
            yield from known
            if here.sandbox.name != DEFAULT:
                yield from (alias(credential, here.sandbox.name) for credential in fixture.credentials)


def _hint(wanted: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    near = difflib.get_close_matches(wanted, names, 3)
    return f"the nearest: {', '.join(near)}" if near else f"there are {', '.join(names)}"


def _secret(contract: Contract, fixture: Fixture) -> Iterable[str]:
    return secrets_of(contract.raw["x-world"], fixture.data, contract)


def _name(here: Playground, api: str, actor: Any) -> str | None:
    """Who of the cast a caller is."""
    plays = apis.room(api, "credentials").plays
    return next((name for name, part in here.cast(api).items() if plays(part, actor)), None)


def _counts(journal: Journal, total: int) -> dict[str, int]:
    return {"total": total, "remembered": len(journal), "forgotten": journal.forgotten, "last": journal.last}


def _entry(journal: Journal, number: int) -> Entry:
    found = journal.find(number)
    if found is None:
        raise EntryUnknown
    return found
