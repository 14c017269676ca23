"""The tariff: what country a number lies in, and what a segment to it costs. Money is counted in millionths."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import phonenumbers

from mockserver.engine.sandbox import Transaction

#: The country of a number that no country has.
NOWHERE = "ZZ"


def millionths(amount: float) -> int:
    """An amount as a world writes it, as an integer that adds up exactly."""
    return int((Decimal(str(amount)) * 1_000_000).to_integral_value())


@lru_cache(maxsize=65_536)
def country_of(number: str) -> str:
    """The ISO 3166 code of an E.164 number's country; of several that share a calling code, the main one."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return NOWHERE
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    # "001" stands for networks that belong to no country.
    return region if region.isalpha() else NOWHERE


class Tariff:
    """The prices that hold for one account."""

    def __init__(self, tx: Transaction, account_id: int) -> None:
        found = tx.get("tariff", account_id, "prices") or {"default": 0, "countries": {}}
        self._default: int = found["default"]
        self._countries: dict[str, int] = found["countries"]

    def per_segment(self, country: str) -> int:
        """The price of one segment, in millionths of the account's currency."""
        return self._countries.get(country, self._default)
