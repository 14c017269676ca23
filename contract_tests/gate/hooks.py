"""Hooks: what makes Schemathesis' own command line take the gate's refusals for neither failures nor passes.

Loaded by its path into the process of ``st run``, which may have nothing else of this project.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import Any

import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.hooks import load_from_path

#: The variable that holds the hooks which ours took the place of.
BEFORE = "UNDERSTUDY_HOOKS_BEFORE"
#: As the gate writes them, in Schemathesis' lower case.
REFUSED, HELD, PINNED = "x-understudy-refused", "x-understudy-held", "x-understudy-pinned"
#: Header → the checks whose failures may come from the gate then: a pinned recipient, unlike the one named, may be known already,
#: or may be right.
_GATES = {HELD: {"max_response_time"}, PINNED: {"positive_data_acceptance", "negative_data_rejection"}}

_refusals = threading.local()


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count the refusals of this thread: the requests that a check sends itself are seen here alone."""
    if REFUSED in response.headers:
        _refusals.count = _count() + 1


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Nothing is wrong with a refusal, nor with what the gate did to a request."""
    known = getattr(failure, "checks", ())
    gates = any(header in response.headers and checks & set(known) for header, checks in _GATES.items())
    return REFUSED not in response.headers and not gates


def _count() -> int:
    return getattr(_refusals, "count", 0)


def _unless_refused(check: Callable[..., Any]) -> Callable[..., Any]:
    """The check, told as skipped where the gate refused the request or one of those that the check sent."""

    @functools.wraps(check)
    def judged(ctx: Any, response: Any, case: Any) -> Any:
        if REFUSED in response.headers:
            return True
        before = _count()
        try:
            skipped = check(ctx, response, case)
        except Exception:
            if _count() == before:
                raise
            return True
        if _count() == before:
            return skipped
        # What is proven once for an operation is not proven by a refusal.
        (getattr(ctx, "auth_enforced_operations", None) or set()).discard(case.operation.label)
        return True

    return judged


load_all_checks()
for _check in CHECKS.get_all():
    if not isinstance(_check, type):
        schemathesis.check(_unless_refused(_check))
if os.environ.get(BEFORE):
    load_from_path(os.environ[BEFORE])
