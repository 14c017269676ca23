"""Lists and statistics: filters, pages, periods and sums, without HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from mockserver.apis.restlink import messages, periods, stats
from mockserver.apis.restlink.messages import Filters, MessageNotFound
from mockserver.apis.restlink.periods import Days
from mockserver.engine.sandbox import Sandbox

ALL = Days(None, "9999-12-31")
DOCUMENTED = "api_1041_1771841700123456789_9f86d081884c7d65"


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("restlink")


def listed(sandbox: Sandbox, filters: Filters, workspace: int = 16) -> list[dict[str, Any]]:
    with sandbox.transaction("restlink") as tx:
        found, total = messages.page(tx, workspace, filters, 1, 100)
    assert len(found) == total
    return found


@pytest.mark.parametrize(
    ("period", "first", "last", "expected"),
    [
        (None, None, None, Days("2026-02-25", "2026-03-03")),
        ("today", None, None, Days("2026-03-03", "2026-03-03")),
        ("yesterday", None, None, Days("2026-03-02", "2026-03-02")),
        ("7d", None, None, Days("2026-02-25", "2026-03-03")),
        ("30d", None, None, Days("2026-02-02", "2026-03-03")),
        ("this_month", None, None, Days("2026-03-01", "2026-03-03")),
        ("last_month", None, None, Days("2026-02-01", "2026-02-28")),
        ("today", "2020-01-01", "2020-12-31", Days("2026-03-03", "2026-03-03")),
        (None, "2020-01-01", "2020-12-31", Days("2020-01-01", "2020-12-31")),
        (None, "2020-01-01", None, Days("2020-01-01", "2026-03-03")),
        (None, None, "9999-12-31", Days(None, "9999-12-31")),
    ],
)
def test_a_period_means_whole_days_and_rules_out_from_and_to(
    period: str | None, first: str | None, last: str | None, expected: Days
) -> None:
    assert periods.days(date(2026, 3, 3), period, first, last) == expected


@pytest.mark.parametrize(
    ("group", "statuses"),
    [
        ("delivered", {"DELIVRD"}),
        ("undelivered", {"UNDELIV", "REJECTD", "failed"}),
        ("failed", {"UNDELIV", "REJECTD", "failed"}),
        ("pending", {"pending", "sent"}),
        ("sent", {"pending", "sent"}),
        ("expired", {"EXPIRED"}),
        ("unknown", {"UNKNOWN"}),
    ],
)
def test_a_status_filter_stands_for_its_group(sandbox: Sandbox, group: str, statuses: set[str]) -> None:
    assert {message["status"] for message in listed(sandbox, Filters(ALL, status=group))} == statuses


def test_filters_add_up(sandbox: Sandbox) -> None:
    (found,) = listed(sandbox, Filters(ALL, status="delivered", phone="4155551", country="us", sender="MyApp"))
    assert found["client_message_id"] == DOCUMENTED
    assert listed(sandbox, Filters(ALL, phone="+1415", sender="Myapp")) == []


@pytest.mark.parametrize(("phone", "fits"), [("+1415", True), ("1234", True), ("+4155", False), ("14155551234", True)])
def test_phone_matches_a_part_and_a_plus_its_beginning(sandbox: Sandbox, phone: str, fits: bool) -> None:
    found = listed(sandbox, Filters(ALL, phone=phone, sender="MyApp"))
    assert [message["client_message_id"] for message in found] == ([DOCUMENTED] if fits else [])


def test_both_ends_of_a_span_are_included(sandbox: Sandbox) -> None:
    day = listed(sandbox, Filters(ALL))[3]["created_at"][:10]
    expected = [message for message in listed(sandbox, Filters(ALL)) if message["created_at"].startswith(day)]
    assert listed(sandbox, Filters(Days(day, day))) == expected
    assert listed(sandbox, Filters(Days("2026-02-14", "2026-02-13"))) == []


def test_pages_follow_each_other_newest_first(sandbox: Sandbox) -> None:
    everything = listed(sandbox, Filters(ALL))
    assert everything == sorted(everything, key=lambda message: message["created_at"], reverse=True)
    with sandbox.transaction("restlink") as tx:
        numbered = [messages.page(tx, 16, Filters(ALL), number, 8) for number in (1, 2, 3, 4)]
    assert [message for found, _ in numbered for message in found] == everything
    assert {total for _, total in numbered} == {len(everything)}


def test_a_message_is_found_in_its_own_workspace_only(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        assert messages.read(tx, 16, DOCUMENTED)["recipient"] == "+14155551234"
    for workspace in (18, 31, 99):
        with sandbox.transaction("restlink") as tx, pytest.raises(MessageNotFound):
            messages.read(tx, workspace, DOCUMENTED)


def test_statistics_count_each_message_once(sandbox: Sandbox) -> None:
    everything = listed(sandbox, Filters(ALL))
    summary = stats.summarize(everything)
    statuses = Counter(message["status"] for message in everything)
    assert summary.total == len(everything)
    assert summary.figures["delivered"] == statuses["DELIVRD"]
    assert summary.figures["undelivered"] == statuses["UNDELIV"] + statuses["REJECTD"]
    assert sum(summary.figures.values()) + statuses["UNKNOWN"] == summary.total
    assert summary.cost == sum(message["cost"] for message in everything)
    assert summary.not_billed == statuses["failed"] == 1


def test_statistics_of_nothing_divide_by_nothing() -> None:
    assert stats.summarize([]).percentage(0) == 0
