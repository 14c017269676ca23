"""Explained: why an entry was answered so, in sentences for people and facts for programs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.engine.refusals import CredentialMalformed, CredentialMissing, CredentialUnknown
from mockserver.journal.curl import curl
from mockserver.journal.entry import Entry, Kept
from mockserver.journal.exposure import json_of, query_of
from mockserver.journal.secrecy import bare_credential, hashed
from mockserver.journal.shown import Shown
from mockserver.journal.verdicts import ACCEPTED, BROKEN, BY_CONTRACT, BY_STATE, UNANSWERED, preferences, reasons, verdict, words
from mockserver.serving import pointers
from mockserver.serving.contract import Scheme
from mockserver.serving.pointers import Steps
from mockserver.serving.preferences import DECLINED


@dataclass(frozen=True, slots=True)
class Fact:
    """What is the case, in a sentence for people (None for what another one says already), a name and a value for programs."""

    name: str
    value: str
    sentence: str | None
    steps: Steps | None = None


def explain(entry: Entry, shown: Shown, mounts: Sequence[str], terms: Mapping[str, str]) -> dict[str, Any]:
    """``entry``, ``sentences``, ``facts``, ``curl``. ``mounts``: where APIs stand; ``terms``: what each rule says, by its id."""
    told = shown.entry(entry)
    raw: Mapping[str, Any] = entry.contract.raw if entry.contract else {}
    facts = [*_way(entry, mounts), *_sandbox(entry), *_credential(entry, told["actor"]), *_outcome(entry, terms)]
    sentences = [_sourced(fact, raw) for fact in facts if fact.sentence]
    shown_facts = [
        {
            "name": fact.name,
            "value": fact.value,
            "pointer": None if fact.steps is None else pointers.pointer(fact.steps),
            "provenance": None if fact.steps is None else pointers.provenance(raw, fact.steps),
        }
        for fact in facts
    ]
    secrets = shown.secrets
    return {
        "entry": told,
        "sentences": [secrets.without(sentence) for sentence in sentences],
        "facts": secrets.from_all(shown_facts),
        "curl": curl(told),
    }


def _sourced(fact: Fact, raw: Mapping[str, Any]) -> str:
    if fact.steps is None:
        return f"{fact.sentence}."
    grade = pointers.provenance(raw, fact.steps)
    return f"{fact.sentence}: {pointers.pointer(fact.steps)}{f' ({grade})' if grade else ''}."


def _way(entry: Entry, mounts: Sequence[str]) -> Iterator[Fact]:
    """Where the path led."""
    if entry.contract is None:
        yield Fact("mount", "none", f"No API is served at {entry.path}; they are at {', '.join(mounts)}")
        return
    api, below = entry.contract.name, entry.path[len(entry.mount) :]
    yield Fact("mount", entry.mount or "/", f"{entry.mount or '/'} is where {api} is served, so that its path is {below or '/'}")
    operation = entry.operation
    if operation is not None:
        sentence = f"{entry.method} {operation.path} is the operation {operation.id}"
        yield Fact("operation", operation.id, sentence, pointers.place_of(operation))
        return
    offered = entry.contract.allow(below)
    if offered:
        yield Fact("operation", "none", f"The path is one of the contract, but only for {', '.join(offered)}")
    elif entry.method != "?":
        near = difflib.get_close_matches(below, list(entry.contract.patterns), 1, 0.4)
        yield Fact("operation", "none", f"The contract has no path like it{f', the nearest is {near[0]}' if near else ''}")


def _sandbox(entry: Entry) -> Iterator[Fact]:
    """Which sandbox it was, and why."""
    if entry.path.startswith("/~"):
        why = "the path names it"
    elif entry.chosen:
        why = "the header X-Understudy-Sandbox names it"
    elif entry.stands_for:
        why = "the credential is one of its own"
    else:
        why = "nothing leads to another"
    yield Fact("sandbox", entry.sandbox, f"The sandbox is {entry.sandbox}: {why}")


def _credential(entry: Entry, actor: str | None) -> Iterator[Fact]:
    """Who asked, by which credential, and which others were not looked at."""
    operation = entry.operation
    if operation is None:
        return
    if not operation.security:
        yield Fact("credential", "none", "The operation asks for no credential")
        return
    base = pointers.place_of(operation) if "security" in operation.raw else ()
    where = ", ".join(_place(scheme) for scheme in operation.security)
    if entry.scheme is None:
        refused = entry.refused is not None and issubclass(entry.refused.kind, CredentialMissing | CredentialMalformed)
        sentence = f"A credential was looked for in {where}" if refused else "Nobody looked for a credential"
        yield Fact("credential", "none", sentence, (*base, "security"))
        return
    won = next((scheme for scheme in operation.security if scheme.key == entry.scheme), None)
    place = _place(won) if won else entry.scheme
    who = _who(entry, actor)
    alias = next((f", which stands for {hashed(true)} in this sandbox" for true in entry.stands_for.values()), "")
    told = hashed(bare_credential(entry.presented or ""))
    sentence = f"The credential {told} in {place} decided alone (looked for in {where}){alias}: that is {who}"
    yield Fact("credential", f"{entry.scheme}: {who}", sentence, (*base, "security"))
    for scheme in operation.security:
        if scheme is not won and _holds(entry, scheme, won):
            ignored = _place(scheme)
            yield Fact("ignored_credential", ignored, f"What stands in {ignored} was not looked at")


def _who(entry: Entry, actor: str | None) -> str:
    if actor:
        return f"the actor {actor}"
    if entry.actor is not None:
        return "somebody who plays no part in the cast"
    unknown = entry.refused is None or issubclass(entry.refused.kind, CredentialUnknown | CredentialMalformed)
    return "nobody" if unknown else "nobody who was let in"


def _place(scheme: Scheme) -> str:
    if scheme.place == "bearer":
        return "header Authorization (Bearer)"
    return f"{'the body, property' if scheme.place == 'body' else scheme.place} {scheme.name}"


def _holds(entry: Entry, scheme: Scheme, won: Scheme | None) -> bool:
    """Whether a place that did not win holds something. Two schemes may look into the same place."""
    if scheme.place == "header":
        return bool(entry.header(scheme.name.lower().encode()))
    if scheme.place == "bearer":
        return (won is None or won.place != "bearer") and bool(entry.header(b"authorization"))
    if scheme.place == "query":
        return any(name == scheme.name for name, _ in query_of(entry))
    value = json_of(entry.body, entry.header(b"content-type")) if isinstance(entry.body, Kept) and entry.body.data else None
    return isinstance(value, dict) and scheme.name in value


def _outcome(entry: Entry, terms: Mapping[str, str]) -> Iterator[Fact]:
    """What decided the reply."""
    for rule in entry.faults:
        yield Fact("fault", rule, f"The rule {rule} acted on it{f': {terms[rule]}' if rule in terms else ''}")
    for preference in preferences(entry):
        yield Fact("preference", preference, f"The client preferred {preference}, and got it")
    declined = entry.header(DECLINED, of_reply=True)
    if declined:
        yield Fact("preference", "declined", f"A preference was not granted ({declined})")
    decided = verdict(entry)
    if decided in (BY_CONTRACT, BROKEN):
        for reason in reasons(entry):
            yield Fact("reason", f"{reason.place}: {reason.reason}", f"{reason.place}: {reason.reason}", reason.steps)
    yield from _refusal(entry, decided)
    yield from _reply(entry, decided)


def _refusal(entry: Entry, decided: str) -> Iterator[Fact]:
    found = words(entry)
    if entry.refused is None or entry.refused.is_bug or found is None:
        return
    steps, example = found
    meaning = f" ({example['summary']})" if "summary" in example else ""
    if decided == BY_STATE and entry.actor is None and entry.operation is not None and entry.operation.security:
        sentence = f"Nothing but the credential was looked at, and it was not enough: {entry.refused.name}{meaning}"
    elif decided == BY_STATE:
        sentence = f"The contract admits the request; what the API knows does not: {entry.refused.name}{meaning}"
    else:
        sentence = f"The refusal is {entry.refused.name}{meaning}, and these are its words"
    yield Fact("refusal", entry.refused.name, sentence, steps)


def _reply(entry: Entry, decided: str) -> Iterator[Fact]:
    if decided == UNANSWERED or entry.status is None:
        yield Fact("reply", "none", "No reply began before the connection ended")
        return
    operation = entry.operation
    if operation is None or entry.contract is None or entry.status not in operation.responses:
        documented = "" if operation is None else ", which the contract does not have for the operation"
        yield Fact("reply", str(entry.status), f"The reply is a {entry.status}{documented}")
        return
    described = " ".join(str(operation.responses[entry.status].get("description", "")).split()).rstrip(".")
    admitted = "The contract admits the request, and the API did what it asks: " if decided == ACCEPTED else "The reply is "
    name = next(status for status in operation.raw["responses"] if int(status) == entry.status)
    steps, _ = pointers.locate(entry.contract.raw, *pointers.place_of(operation), "responses", name)
    yield Fact("reply", str(entry.status), f'{admitted}{entry.status}, "{described}"', steps)
