"""Outcomes: what becomes of a message on its way, and the recipients with whom one of them is fixed."""

from __future__ import annotations

from collections.abc import Mapping

DELIVERED, UNDELIVERED, REJECTED, EXPIRED = "delivered", "undelivered", "rejected", "expired"
#: Delivered after a long time; stuck on the way for good.
SLOW, NEVER = "slow", "never"
OUTCOMES = (DELIVERED, UNDELIVERED, REJECTED, EXPIRED, SLOW, NEVER)

#: The last five digits of a phone number that fix an outcome, for clients that can set nothing but the recipient.
PHONE_ENDINGS: Mapping[str, str] = {
    "99901": UNDELIVERED,
    "99902": REJECTED,
    "99903": EXPIRED,
    "99904": SLOW,
    "99905": NEVER,
}


def outcome_of(recipient: str) -> str:
    """What happens to a message to this phone number or e-mail address.

    An e-mail address fixes it by the name before the @: ``expired@example.com``.
    """
    name, at, _ = recipient.lower().partition("@")
    if at:
        return name if name in OUTCOMES else DELIVERED
    return PHONE_ENDINGS.get(recipient[-5:], DELIVERED)
