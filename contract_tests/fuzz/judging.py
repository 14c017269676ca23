"""Judging: everything that is wrong with the replies to one sequence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure as Found
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import CaseMetadata, ComponentInfo, FuzzingPhaseData, GenerationInfo, PhaseInfo, TestPhase

from contract_tests import checks
from contract_tests.fuzz import histories
from contract_tests.fuzz.failures import Failure, Signature
from contract_tests.fuzz.people import People
from contract_tests.fuzz.playing import Played, Reply
from contract_tests.fuzz.surface import Surface
from contract_tests.fuzz.validity import Validity

#: They send requests of their own, or know a request's mistake by how it was made; what they look for is judged here.
_LEFT_OUT = (
    "ignored_auth",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "use_after_free",
    "ensure_resource_availability",
)
#: What Schemathesis calls a failure of a check that is not its own.
_OWN = re.compile(r"Custom check failed: `(\w+)`")
_TO_THE_END = 30_000
#: After one of these the credential may be known no longer.
_UNSETTLING = ("change", "remove", "session")


class Judge:
    """Judges by one contract. ``alone``: nobody else removes anything between two steps."""

    def __init__(self, surface: Surface, people: People, *, alone: bool) -> None:
        load_all_checks()
        checks.register(surface.spec)
        self._surface, self._people, self._alone = surface, people, alone
        self._validity = Validity(surface)
        self._excluded = [CHECKS.get_one(name) for name in _LEFT_OUT]

    def failures(self, played: Sequence[Played]) -> list[Failure]:
        """In the order of the steps; each signature once."""
        found = [failure for place in range(len(played)) for failure in self._at(played, place)]
        return list({failure.id: failure for failure in reversed(found)}.values())[::-1]

    def _at(self, played: Sequence[Played], place: int) -> Iterator[Failure]:
        one = played[place]
        valid = self._validity.of(one.step.operation, one.step.scheme, one.request) if one.replies else None
        for reply in one.replies:
            if reply.refused is not None:
                continue
            if reply.broken is not None:
                yield self._failure("whole_reply", place, one, reply, reply.broken)
                continue
            yield from self._held(place, one, reply)
            settled = reply.status != 401 or not self._unsettled(played, place)
            yield from self._conformance(place, one, reply, valid if settled else None)
            yield from self._refusing(place, one, reply, valid)
        for check, message in histories.wrongs(self._surface, self._people, played, place, valid=valid, alone=self._alone):
            assert one.reply is not None, "histories are told of replies"
            yield self._failure(check, place, one, one.reply, message)

    def _unsettled(self, played: Sequence[Played], place: int) -> bool:
        """Whether this sequence may have ended the credential itself: by an earlier step, or by this one's twin."""
        return any(
            self._surface[one.step.operation].get("x-side-effect") in _UNSETTLING and any(reply.served for reply in one.replies)
            for one in played[: place + 1]
        )

    def _failure(self, check: str, place: int, one: Played, reply: Reply, message: str, **more: Any) -> Failure:
        label = self._surface.label(one.step.operation)
        signature = Signature(self._people.api, check, label, reply.status, more.pop("pointer", ""))
        return Failure(signature, " ".join(message.split())[:600], place, **more)

    def _held(self, place: int, one: Played, reply: Reply) -> Iterator[Failure]:
        for check, message, statements in reply.objections:
            yield self._failure(check, place, one, reply, message, statements=statements)

    def _conformance(self, place: int, one: Played, reply: Reply, valid: bool | None) -> Iterator[Failure]:
        """What Schemathesis' checks and the project's own say of one reply."""
        served_as_it_is = valid is True and one.step.actor is not None and self._opened(one)
        one.case._meta = _POSITIVE if served_as_it_is else None
        try:
            one.case.validate_response(reply.response, excluded_checks=self._excluded)
        except FailureGroup as group:
            for problem in group.exceptions:
                yield self._conformance_failure(place, one, reply, problem)

    def _conformance_failure(self, place: int, one: Played, reply: Reply, problem: Any) -> Failure:
        assert isinstance(problem, Found), "Schemathesis collects failures"
        own = _OWN.fullmatch(problem.title)
        check = own[1] if own is not None else next(iter(problem.checks), None) or problem.title
        # A schema's failure shows the whole value at length, which may be anybody's.
        said = getattr(problem, "validation_message", "") or problem.message
        message = said if own is not None else f"{problem.title}. {said}".rstrip()
        return self._failure(check, place, one, reply, message, pointer=_pointer(problem), detail=str(problem)[:_TO_THE_END])

    def _opened(self, one: Played) -> bool:
        """Whether the caller has a credential that this operation takes."""
        schemes = self._surface.schemes(one.step.operation)
        return one.step.scheme in schemes and one.step.actor in self._people.having(one.step.scheme)

    def _refusing(self, place: int, one: Played, reply: Reply, valid: bool | None) -> Iterator[Failure]:
        if not reply.served:
            return
        if valid is False:
            yield self._failure(
                "wrong_requests_are_refused",
                place,
                one,
                reply,
                f"A request that breaks the contract was served with {reply.status}",
            )
        if self._surface.schemes(one.step.operation) and (one.step.actor is None or one.step.scheme is None):
            yield self._failure(
                "credential_is_needed", place, one, reply, f"A request without a credential was served with {reply.status}"
            )


def _pointer(problem: Any) -> str:
    """Where a reply breaks its schema, whichever item of a list it was, and by which keyword: ``/things/*/name#type``."""
    path = getattr(problem, "schema_path", None)
    if not path:
        return ""
    where = "".join("/*" if isinstance(part, int) else f"/{part}" for part in problem.instance_path)
    return f"{where}#{[part for part in path if isinstance(part, str)][-1]}"


_POSITIVE = CaseMetadata(
    generation=GenerationInfo(time=0.0, mode=GenerationMode.POSITIVE),
    components={ParameterLocation.QUERY: ComponentInfo(mode=GenerationMode.POSITIVE)},
    phase=PhaseInfo(
        name=TestPhase.FUZZING,
        data=FuzzingPhaseData(description=None, parameter=None, parameter_location=None, location=None),
    ),
)
