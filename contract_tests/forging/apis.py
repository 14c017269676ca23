"""APIs: which credentials of each can be forged, and where a forged one is shown."""

from __future__ import annotations

from dataclasses import dataclass

from contract_tests.forging import signatures, signed
from contract_tests.forging.forgery import Forgery, Good, Shown, bearer, header
from contract_tests.forging.keys import in_body, in_header, in_query, misplaced, spelled
from contract_tests.forging.tokens import ALGORITHMS, WITHOUT_SECRET


@dataclass(frozen=True)
class Bench:
    """What is forged: credentials of a scheme, shown to one operation. ``forgeries``: all ways; ``statements``: what breaks if
    one is let in; ``name``: where a scheme is forged in more than one manner.
    """

    scheme: str
    operation_id: str
    forgeries: tuple[Forgery, ...]
    statements: tuple[str, ...]
    name: str = ""

    @property
    def title(self) -> str:
        """Among the tests."""
        return self.name or self.scheme


def _either(first: Shown, second: Shown) -> Shown:
    """Both places at once."""
    return Shown((*first.headers, *second.headers), (*first.query, *second.query), body=first.body or second.body)


def _first_decides(good: Good) -> Shown:
    return _either(header("X-API-Key", "x" * 20), _either(bearer(good.secret), in_query("apiKey")(good.secret)))


_XPRESSBOT_ODD = (
    Forgery("a wrong key before right ones", _first_decides),
    Forgery("a wrong token before a right query", lambda good: _either(bearer("x" * 20), in_query("apiKey")(good.secret))),
    Forgery("in the query twice", lambda good: Shown(query=(("apiKey", good.secret), ("apiKey", good.secret)))),
    Forgery("a wrong and a right one in the query", lambda good: Shown(query=(("apiKey", "x"), ("apiKey", good.secret)))),
    Forgery("in the query by another name", lambda good: Shown(query=(("apikey", good.secret), ("api_key", good.secret)))),
    Forgery("in the query as a list", lambda good: Shown(query=(("apiKey[]", good.secret), ("apiKey[0]", good.secret)))),
    Forgery("in the header twice", lambda good: header("X-API-Key", good.secret, good.secret)),
    Forgery("a right and a wrong one in the header", lambda good: header("X-API-Key", good.secret, "x")),
)
_KEY_PLACES = (
    ("a good and a bad one", lambda good: header("X-API-Key", good.secret, "sk_prod_x")),
    ("a bad and a good one", lambda good: header("X-API-Key", "sk_prod_x", good.secret)),
    ("as a token", lambda good: bearer(good.secret)),
    ("after a word", lambda good: header("X-API-Key", f"Bearer {good.secret}")),
    ("in another header", lambda good: header("X-Auth-Token", good.secret)),
    ("a bad key beside a good token", lambda good: _either(header("X-API-Key", "sk_prod_x"), bearer(good.owner["jwt"]))),
)
_BEARER_PLACES = (
    ("a good and a bad one", lambda good: header("Authorization", f"Bearer {good.secret}", "Bearer tf_x")),
    ("a bad and a good one", lambda good: header("Authorization", "Bearer tf_x", f"Bearer {good.secret}")),
    ("no scheme", lambda good: header("Authorization", good.secret)),
    ("another scheme", lambda good: header("Authorization", f"AccessKey {good.secret}")),
    ("in another header", lambda good: header("X-API-Key", good.secret)),
    ("in the query", lambda good: Shown(query=(("token", good.secret),))),
)
_ACCESS_PLACES = (
    ("a good and a bad one", lambda good: header("Authorization", f"AccessKey {good.secret}", "AccessKey x")),
    ("a bad and a good one", lambda good: header("Authorization", "AccessKey x", f"AccessKey {good.secret}")),
    ("two in one field", lambda good: header("Authorization", f"AccessKey {good.secret} {good.secret}")),
    ("a colon", lambda good: header("Authorization", f"AccessKey: {good.secret}")),
    ("another word", lambda good: header("Authorization", f"ApiKey {good.secret}")),
    ("a tab", lambda good: header("Authorization", f"AccessKey\t{good.secret}")),
    ("in another header", lambda good: header("AccessKey", good.secret)),
)
BENCHES: dict[str, tuple[Bench, ...]] = {
    "restlink": (
        Bench("Jwt", "get_balance", (*ALGORITHMS, *WITHOUT_SECRET), ("R05",)),
        Bench("ApiKey", "get_balance", (*spelled(in_header("X-API-Key")), *misplaced(*_KEY_PLACES)), ("R03",)),
        Bench("ApiKey", "get_balance", signatures.FORGERIES, ("R03",), name="Hmac"),
    ),
    "tofrom": (
        Bench(
            "Session", "list_workspaces", (*spelled(in_header("Authorization", "Bearer ")), *misplaced(*_BEARER_PLACES)), ("T02",)
        ),
        Bench("ApiKey", "send_message", (*spelled(in_header("Authorization", "Bearer ")), *misplaced(*_BEARER_PLACES)), ("T01",)),
    ),
    "xpressbot": (
        Bench("HeaderKey", "list_channels", (*spelled(in_header("X-API-Key")), *misplaced(), *_XPRESSBOT_ODD), ("X01", "X05")),
        Bench("BearerKey", "list_channels", spelled(in_header("Authorization", "Bearer ")), ("X02", "X05")),
        Bench("QueryKey", "list_channels", spelled(in_query("apiKey")), ("X03", "X05")),
        Bench("BodyKey", "list_channels_by_post", spelled(in_body("apiKey")), ("X04", "X05")),
    ),
    "bird": (
        Bench(
            "AccessKey",
            "list_channels",
            (*spelled(in_header("Authorization", "AccessKey ")), *misplaced(*_ACCESS_PLACES)),
            ("B01",),
        ),
    ),
    "timelines": (Bench("Jwt", "get_workspace", (*WITHOUT_SECRET, *signed.FORGERIES), ("L01", "L02")),),
}
