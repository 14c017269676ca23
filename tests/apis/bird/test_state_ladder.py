"""The ladder without HTTP: each outcome's steps at their own instants, and what is said of a failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.bird import messages, sending
from mockserver.apis.bird.ladder import LADDER
from mockserver.apis.bird.lists import Paging
from mockserver.apis.bird.messages import Filters
from mockserver.apis.bird.moments import sortable
from mockserver.engine.ladder import MessageNotUnderWay
from mockserver.engine.outcomes import PHONE_ENDINGS

DAY = 86_400
WAYS = {
    "delivered": [(0, "accepted"), (2, "processing"), (3, "sent"), (6, "delivered")],
    "undelivered": [(0, "accepted"), (2, "processing"), (3, "sent"), (11, "delivery_failed")],
    "rejected": [(0, "accepted"), (2, "rejected")],
    "expired": [(0, "accepted"), (2, "processing"), (3, "sent"), (3 + 2 * DAY, "delivery_failed")],
    "slow": [(0, "accepted"), (120, "processing"), (180, "sent"), (360, "delivered")],
    "never": [(0, "accepted"), (2, "processing"), (3, "sent")],
}
PHONES = {outcome: f"+316123{ending}" for ending, outcome in PHONE_ENDINGS.items()} | {"delivered": "+31612399900"}
FAILURES = {"rejected": 20102, "undelivered": 20105, "expired": 20106}


def after(house: Any, seconds: float) -> str:
    """An instant so long after noon."""
    return sortable(house.sandbox.clock.now() + timedelta(seconds=seconds))


def way(house: Any, message_id: str) -> list[tuple[str, str]]:
    """The statuses that subscribers were told of a message, each with its instant."""
    told = [one for one in house.told() if one["payload"]["id"] == message_id]
    assert all(one["queued_at"] == one["payload"]["lastStatusAt"] == one["payload"]["updatedAt"] for one in told)
    return [(one["queued_at"], one["payload"]["status"]) for one in told]


def read(house: Any, channel: str, message_id: str) -> dict[str, Any]:
    found: dict[str, Any] = house.do(messages.message, house.workspace, channel, message_id)
    return found


@pytest.mark.parametrize("outcome", WAYS)
@pytest.mark.parametrize("platform", ["sms", "whatsapp", "email"])
def test_each_outcome_has_its_steps_at_their_own_instants(house: Any, platform: str, outcome: str) -> None:
    house.subscribe(f"{platform}.outbound")
    channel = getattr(house, platform)
    expected = [(after(house, seconds), status) for seconds, status in WAYS[outcome]]
    sent = house.send(channel, f"{outcome.upper()}@example.com" if platform == "email" else PHONES[outcome])
    assert sent["status"] == "accepted"
    house.pass_time(3 * DAY)
    assert way(house, sent["id"]) == expected
    shown = read(house, channel, sent["id"])
    assert (shown["lastStatusAt"], shown["status"]) == expected[-1]
    assert shown["updatedAt"] == shown["lastStatusAt"]
    assert shown["createdAt"] == sent["createdAt"]


def test_nothing_happens_before_its_time(house: Any) -> None:
    sent = house.send(house.sms, PHONES["delivered"])
    for seconds, status in ((1.999999, "accepted"), (0.000001, "processing"), (0.999999, "processing"), (0.000001, "sent")):
        house.pass_time(seconds)
        assert read(house, house.sms, sent["id"])["status"] == status


def test_lists_find_a_message_by_the_status_that_it_has_now(house: Any) -> None:
    def listed(status: str) -> list[str]:
        filters = Filters(house.sms, status=(status,))
        page = house.do(messages.messages, house.workspace, filters, Paging(1000), reverse=False)
        assert all(entry["status"] == status for entry in page.entries)
        return [entry["id"] for entry in page.entries]

    sent = house.send(house.sms, PHONES["rejected"])
    assert sent["id"] in listed("accepted")
    house.pass_time(2)
    assert sent["id"] not in listed("accepted")
    assert sent["id"] in listed("rejected")


@pytest.mark.parametrize(("outcome", "code"), FAILURES.items())
@pytest.mark.parametrize(("platform", "reporter"), [("sms", "carrier"), ("whatsapp", "whatsapp"), ("email", "mail server")])
def test_a_failure_says_what_happened_and_who_says_so(house: Any, platform: str, reporter: str, outcome: str, code: int) -> None:
    channel = getattr(house, platform)
    sent = house.send(channel, f"{outcome}@example.com" if platform == "email" else PHONES[outcome])
    assert not {"failure", "reason", "details"} & set(sent)
    house.pass_time(3 * DAY)
    shown = read(house, channel, sent["id"])
    assert shown["failure"]["code"] == code
    assert shown["failure"]["source"]["name"] == reporter
    assert all((shown["reason"], shown["details"], shown["failure"]["description"], shown["failure"]["source"]["code"]))


def test_what_the_platform_has_bears_its_marks_for_each_part(house: Any) -> None:
    sent = house.send(house.sms, PHONES["delivered"], body={"type": "text", "text": {"text": "a" * 307}})
    house.pass_time(2)
    assert not {"parts", "platformReferenceId"} & set(read(house, house.sms, sent["id"]))
    house.pass_time(1)
    shown = read(house, house.sms, sent["id"])
    mark = shown["platformReferenceId"]
    assert shown["parts"] == [{"platformReference": f"{mark}-{part}"} for part in (1, 2, 3)]
    house.pass_time(10)
    arrived = read(house, house.sms, sent["id"])
    assert {**arrived, "status": "sent", "updatedAt": 0, "lastStatusAt": 0} == {**shown, "updatedAt": 0, "lastStatusAt": 0}


def test_a_message_that_is_refused_bears_no_marks(house: Any) -> None:
    sent = house.send(house.sms, PHONES["rejected"])
    house.pass_time(10)
    assert not {"parts", "platformReferenceId"} & set(read(house, house.sms, sent["id"]))


@pytest.mark.parametrize(
    ("receivers", "status"),
    [
        (["a@example.com", "b@example.com"], "delivered"),
        (["a@example.com", "rejected@example.com", "undelivered@example.com"], "rejected"),
        (["undelivered@example.com", "rejected@example.com"], "delivery_failed"),
        (["a@example.com", "never@example.com", "rejected@example.com"], "sent"),
    ],
)
def test_of_several_receivers_the_first_with_another_outcome_decides(house: Any, receivers: list[str], status: str) -> None:
    sent = house.send(house.email, *receivers)
    house.pass_time(3 * DAY)
    assert read(house, house.email, sent["id"])["status"] == status


def test_an_outcome_can_be_decided_on_the_way_and_not_after_it(house: Any) -> None:
    house.subscribe("sms.outbound")
    expected = [(after(house, 0), "accepted"), (after(house, 2), "processing"), (after(house, 3), "sent")]
    expected.append((after(house, 3 + DAY + 8), "delivery_failed"))
    sent = house.send(house.sms, PHONES["never"])
    house.pass_time(3 + DAY)
    house.do(LADDER.divert, sent["id"], "undelivered")
    house.pass_time(DAY)
    assert way(house, sent["id"]) == expected
    with pytest.raises(MessageNotUnderWay):
        house.do(LADDER.divert, sent["id"], "delivered")


@pytest.mark.parametrize("ahead", [timedelta(minutes=10, microseconds=1), timedelta(days=35)])
def test_a_scheduled_message_waits_for_its_hour(house: Any, ahead: timedelta) -> None:
    house.subscribe("sms.outbound")
    steps = [(after(house, ahead.total_seconds() + seconds), status) for seconds, status in WAYS["delivered"]]
    expected = [(after(house, 0), "scheduled"), *steps]
    sent = house.send(house.sms, PHONES["delivered"], scheduledFor=sortable(house.sandbox.clock.now() + ahead))
    house.pass_time(40 * DAY)
    assert way(house, sent["id"]) == expected


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=-1)])
def test_a_message_that_is_due_within_ten_minutes_goes_at_once(house: Any, ahead: timedelta) -> None:
    house.subscribe("sms.outbound")
    expected = [(after(house, seconds), status) for seconds, status in WAYS["delivered"]]
    sent = house.send(house.sms, PHONES["delivered"], scheduledFor=sortable(house.sandbox.clock.now() + ahead))
    house.pass_time(DAY)
    assert way(house, sent["id"]) == expected


def test_a_microsecond_beyond_35_days_is_refused(house: Any) -> None:
    before = house.count("message"), house.count("contact")
    with pytest.raises(sending.ScheduledTooFar):
        house.send(house.sms, "+31699999999", scheduledFor=after(house, 35 * DAY + 0.000001))
    assert (house.count("message"), house.count("contact")) == before
    assert house.pass_time(40 * DAY) == len(WAYS["delivered"]), "only the message that the world itself has scheduled goes out"


def test_a_scheduled_messages_outcome_is_decided_while_it_waits(house: Any) -> None:
    house.subscribe("sms.outbound")
    expected = [(after(house, 0), "scheduled"), (after(house, 3600), "accepted"), (after(house, 3602), "rejected")]
    sent = house.send(house.sms, PHONES["delivered"], scheduledFor=after(house, 3600))
    house.pass_time(60)
    house.do(LADDER.divert, sent["id"], "rejected")
    house.pass_time(DAY)
    assert way(house, sent["id"]) == expected


def test_the_worlds_own_scheduled_message_goes_out_when_its_time_comes(house: Any) -> None:
    scheduled = "736787ce-c05e-4361-9ad6-49213aad9bb6"
    house.pass_time(16 * 3600 - 1)
    assert read(house, house.sms, scheduled)["status"] == "scheduled"
    house.pass_time(1)
    shown = read(house, house.sms, scheduled)
    assert (shown["status"], shown["lastStatusAt"]) == ("accepted", shown["sendAt"])
    house.pass_time(6)
    assert read(house, house.sms, scheduled)["status"] == "delivered"


@pytest.mark.parametrize(
    ("outcome", "validity", "end"),
    [
        ("never", 60, (60, "delivery_failed")),
        ("slow", 200, (200, "delivery_failed")),
        ("slow", 361, (360, "delivered")),
        ("expired", 5, (5, "delivery_failed")),
        ("rejected", 60, (2, "rejected")),
        ("delivered", 60, (6, "delivered")),
        ("delivered", 0, (6, "delivered")),
        ("delivered", 1, (1, "delivery_failed")),
    ],
)
def test_a_message_is_worth_trying_for_its_validity(house: Any, outcome: str, validity: int, end: tuple[int, str]) -> None:
    expected = (after(house, end[0]), end[1])
    sent = house.send(house.sms, PHONES[outcome], validity=validity)
    house.pass_time(3 * DAY)
    shown = read(house, house.sms, sent["id"])
    assert (shown["lastStatusAt"], shown["status"]) == expected
    assert shown.get("failure", {}).get("code") == {"delivery_failed": 20106, "rejected": 20102}.get(end[1])


def test_validity_counts_from_when_a_message_goes_out(house: Any) -> None:
    expected = after(house, 3660)
    sent = house.send(house.sms, PHONES["never"], scheduledFor=after(house, 3600), validity=60)
    house.pass_time(DAY)
    assert read(house, house.sms, sent["id"])["lastStatusAt"] == expected
    with pytest.raises(MessageNotUnderWay):
        house.do(LADDER.divert, sent["id"], "delivered")
