"""Verdicts: whether a reply took a request, or refused it for its form as the contract declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from contract_tests import credentials
from contract_tests.contracts import Spec
from contract_tests.edges.stated import SIZE, Limit
from contract_tests.refusals import FORMAL, Refusals
from contract_tests.sense import REFERRING

#: API → properties beside those that generated requests borrow whose values name what must exist.
NAMING: Mapping[str, frozenset[str]] = {"bird": frozenset({"template"})}
#: Facts about the length of a request.
TOO_LONG = frozenset({"BodyTooLarge", "FileTooLarge", "PathTooLong", "HeadersTooLarge"})


class Verdicts:
    """What the contract of one API says about replies to requests at its limits."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._refusals = Refusals(spec)
        api = spec["x-api"]
        self._referring = {*REFERRING.get(api, ()), *NAMING.get(api, ()), *credentials.TENANT_IDS.get(api, ())}

    def named(self, limit: Limit, reply: httpx.Response) -> set[str]:
        """Names of the refusals that the reply can be."""
        return self._refusals.named(str(limit.place), reply.status_code, _json(reply))

    def taken(self, limit: Limit, reply: httpx.Response, *, served: bool = False) -> bool:
        """Whether the request was served, or met a refusal that is not about its form. ``served``: the same request with its
        documented value was, and nothing but the form of the new value can be wrong.
        """
        if reply.status_code < 400:
            return True
        formal = self.formal(limit)
        names = self.named(limit, reply)
        if served and not self._refers(limit):
            return bool(names - formal) and not names & formal
        return bool(names - formal)

    def refused(self, limit: Limit, reply: httpx.Response) -> bool:
        """Whether the request was refused for its form, in the words of the contract."""
        return 400 <= reply.status_code < 500 and bool(self.named(limit, reply) & self.formal(limit))

    def formal(self, limit: Limit) -> frozenset[str]:
        """The facts that a request beyond the limit can meet."""
        return TOO_LONG if limit.keyword == SIZE else FORMAL | limit.facts

    def _refers(self, limit: Limit) -> bool:
        return any(step in self._referring for step in limit.way)


def _json(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None
