"""Signatures: forgeries of a request that is signed with HMAC-SHA256, by one who knows the key and by one who does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contract_tests.forging.forgery import Forgery, Good, Shown

ROOT, PATH = "/api/v1", "/user/balance"


@dataclass(frozen=True)
class Signing:
    """What is signed and how: a right one by its defaults."""

    method: str = "GET"
    path: str = ROOT + PATH
    body: str = ""
    ahead: float = 0.0
    stamp: str | None = None
    digest: str = "sha256"
    between: str = "|"

    def made(self, key: str, secret: str) -> tuple[tuple[str, str], ...]:
        """The three headers."""
        stamp = self.stamp if self.stamp is not None else str(int(time.time() + self.ahead))
        said = self.between.join((self.method, self.path, stamp, self.body))
        signature = hmac.new(secret.encode(), said.encode(), getattr(hashlib, self.digest)).hexdigest()
        return ("X-API-Key", key), ("X-Timestamp", stamp), ("X-Signature", signature)


def signed(good: Good, how: Signing | None = None) -> dict[str, str]:
    """A signed request's headers."""
    told = good.owner["keys"]["hmac"]
    return dict((how or Signing()).made(told["key"], told["secret"]))


def _how(**changes: Any) -> Callable[[Good], Shown]:
    return lambda good: Shown(tuple(signed(good, Signing(**changes)).items()))


def _stamped(write: Callable[[float], str]) -> Callable[[Good], Shown]:
    """A timestamp that is written differently, and signed as it is."""
    return lambda good: Shown(tuple(signed(good, Signing(stamp=write(time.time()))).items()))


def _then(change: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[Good], Shown]:
    """A right one that is changed afterwards."""
    return lambda good: Shown(tuple(change(signed(good)).items()))


def _but(name: str, write: Callable[[str], str]) -> Callable[[Good], Shown]:
    return _then(lambda headers: {**headers, name: write(headers[name])})


def _lacking(*names: str) -> Callable[[Good], Shown]:
    return _then(lambda headers: {name: value for name, value in headers.items() if name not in names})


def _by(secret: Callable[[Good], str]) -> Callable[[Good], Shown]:
    return lambda good: Shown(Signing().made(good.owner["keys"]["hmac"]["key"], secret(good)))


_REQUIRED, _INVALID, _STALE = ("SignatureRequired",), ("SignatureInvalid",), ("SignatureStale",)
_UNTIMELY = ("SignatureStale", "SignatureInvalid", "SignatureRequired")
FORGERIES = (
    Forgery("not signed", _lacking("X-Timestamp", "X-Signature"), _REQUIRED),
    Forgery("no signature", _lacking("X-Signature"), _REQUIRED),
    Forgery("no timestamp", _lacking("X-Timestamp"), _REQUIRED),
    Forgery("an empty signature", _but("X-Signature", lambda _: ""), _REQUIRED),
    Forgery("more than five minutes ago", _how(ahead=-330), _STALE),
    Forgery("more than five minutes ahead", _how(ahead=330), _STALE),
    Forgery("of last year", _how(ahead=-366 * 86400), _STALE),
    Forgery("of the epoch", _how(stamp="0"), _STALE),
    Forgery("a timestamp in milliseconds", _stamped(lambda now: str(int(now * 1000))), _UNTIMELY),
    Forgery("a timestamp with a fraction", _stamped(lambda now: f"{now:.3f}"), _UNTIMELY),
    Forgery("a timestamp below zero", _stamped(lambda now: f"-{int(now)}"), _UNTIMELY),
    Forgery("a timestamp with a plus", _stamped(lambda now: f"+{int(now)}"), _UNTIMELY),
    Forgery("a timestamp with a blank", _stamped(lambda now: f"{int(now) // 10} {int(now) % 10}"), _UNTIMELY),
    Forgery("a timestamp with an underscore", _stamped(lambda now: f"{int(now) // 1000}_{int(now) % 1000:03}"), _UNTIMELY),
    Forgery("a timestamp in hexadecimal", _stamped(lambda now: hex(int(now))), _UNTIMELY),
    Forgery("a timestamp as a power", _stamped(lambda now: f"{now / 1e9:.9f}e9"), _UNTIMELY),
    Forgery("a timestamp as a date", _stamped(lambda now: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))), _UNTIMELY),
    Forgery("no number for a timestamp", _how(stamp="now"), _UNTIMELY),
    Forgery("a timestamp changed after signing", _but("X-Timestamp", lambda stamp: str(int(stamp) - 1)), _INVALID),
    Forgery("another method signed", _how(method="POST"), _INVALID),
    Forgery("the method in small letters", _how(method="get"), _INVALID),
    Forgery("another path signed", _how(path=ROOT + "/user/profile"), _INVALID),
    Forgery("the path with a query", _how(path=f"{ROOT}{PATH}?x=1"), _INVALID),
    Forgery("the path with a slash after it", _how(path=f"{ROOT}{PATH}/"), _INVALID),
    Forgery("the path without its root", _how(path=PATH), _INVALID),
    Forgery("another body signed", _how(body="{}"), _INVALID),
    Forgery("other marks between the parts", _how(between="\n"), _INVALID),
    Forgery("nothing between the parts", _how(between=""), _INVALID),
    Forgery("SHA-1", _how(digest="sha1"), _INVALID),
    Forgery("SHA-512", _how(digest="sha512"), _INVALID),
    Forgery("the key for a secret", _by(lambda good: good.owner["keys"]["hmac"]["key"]), _INVALID),
    Forgery("nothing for a secret", _by(lambda good: ""), _INVALID),
    Forgery("a digest without a secret", _but("X-Signature", lambda _: hashlib.sha256(b"GET").hexdigest()), _INVALID),
    Forgery("half a signature", _but("X-Signature", lambda signature: signature[:32]), _INVALID),
    Forgery("a signature with more after it", _but("X-Signature", lambda signature: signature + "00"), _INVALID),
    Forgery("a signature under a name", _but("X-Signature", lambda signature: f"sha256={signature}"), _INVALID),
    Forgery("a signature in Base64", _but("X-Signature", lambda each: base64.b64encode(bytes.fromhex(each)).decode()), _INVALID),
    Forgery("two signatures", _but("X-Signature", lambda signature: f"{'0' * 64}, {signature}"), _INVALID),
    Forgery("a signature of zeros", _but("X-Signature", lambda _: "0" * 64), _INVALID),
    Forgery("a signature that is text", _but("X-Signature", lambda _: "null"), _INVALID),
)
