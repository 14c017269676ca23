"""Signed: forgeries of a JWT by one who knows a secret, and bends what it signs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from contract_tests.forging.forgery import Forgery, Good, Shown, bearer
from contract_tests.forging.jws import Token, encoded


def _token(good: Good, **changes: Any) -> Token:
    now = int(time.time())
    claims = {"partner_id": good.owner["partner_id"], "nbf": now - 180, "exp": now + 180}
    return Token(encoded({"alg": "HS256", "typ": "JWT"}), encoded(claims), "").said(**changes)


def _of(make: Callable[[Token, str], object]) -> Callable[[Good], Shown]:
    """A forgery of a fresh token, with the partner's secret."""
    return lambda good: bearer(str(make(_token(good), good.owner["secret"])))


def _raw(write: Callable[[str, int], str]) -> Callable[[Good], Shown]:
    """A payload that is written by hand, of the partner's id and the present, and signed."""

    def show(good: Good) -> Shown:
        written = write(good.owner["partner_id"], int(time.time()))
        return bearer(str(_token(good)._replace(payload=encoded(written)).signed(good.owner["secret"])))

    return show


def _both(good: Good) -> Shown:
    """A readers' trap: who takes the first of two claims takes another than who takes the last."""
    now = int(time.time())
    own, other = good.owner["partner_id"], good.stranger["partner_id"]
    written = f'{{"partner_id":"{own}","partner_id":"{other}","nbf":{now - 60},"exp":{now + 60}}}'
    return bearer(str(_token(good)._replace(payload=encoded(written)).signed(good.owner["secret"])))


def _other_secret(change: Callable[[str], str | bytes]) -> Callable[[Good], Shown]:
    return lambda good: bearer(str(_token(good).signed(change(good.owner["secret"]))))


def _named(change: Callable[[str], str]) -> Callable[[Good], Shown]:
    return _of(lambda token, secret: token.said(partner_id=change(token.claims["partner_id"])).signed(secret))


def _bytes_of(secret: str) -> bytes:
    """What the secret means if it is read as digits; another key in any case."""
    try:
        return bytes.fromhex(secret)
    except ValueError:
        return secret.encode("utf-16")


FORGERIES = (
    Forgery(
        "an unknown critical header, signed", _of(lambda token, secret: token.headed(crit=["tenant"], tenant=1).signed(secret))
    ),
    Forgery("an empty crit, signed", _of(lambda token, secret: token.headed(crit=[]).signed(secret))),
    Forgery("crit that is no list, signed", _of(lambda token, secret: token.headed(crit="exp").signed(secret))),
    Forgery("b64 false, signed", _of(lambda token, secret: token.headed(b64=False, crit=["b64"]).signed(secret))),
    Forgery("SHA-512 under HS256", _of(lambda token, secret: token.signed(secret, "sha512"))),
    Forgery("SHA-1 under HS256", _of(lambda token, secret: token.signed(secret, "sha1"))),
    Forgery("HS512 as it says", _of(lambda token, secret: token.headed(alg="HS512").signed(secret, "sha512"))),
    Forgery(
        "signature of the claims alone",
        _of(lambda token, secret: token._replace(signature=token._replace(head="").signed(secret).signature)),
    ),
    Forgery(
        "signature of an earlier end",
        _of(lambda token, secret: token._replace(signature=token.said(exp=1).signed(secret).signature)),
    ),
    Forgery("the secret with a line break", _other_secret(lambda secret: secret + "\n")),
    Forgery(
        "the secret in capitals", _other_secret(lambda secret: secret.upper() if secret.upper() != secret else secret.lower())
    ),
    Forgery("the secret read as digits", _other_secret(_bytes_of)),
    Forgery("the secret backwards", _other_secret(lambda secret: secret[::-1])),
    Forgery("partner twice, a stranger last", _both),
    Forgery(
        "an end twice, the last one past",
        _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"exp":{now + 60},"exp":{now - 60}}}'),
    ),
    Forgery("an end that is infinite", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"exp":1e999}}')),
    Forgery("an end that is NaN", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"exp":NaN}}')),
    Forgery("a beginning that is NaN", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":NaN,"exp":{now + 60}}}')),
    Forgery("a beginning out of all range", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":1e30,"exp":1e31}}')),
    Forgery("an end as text with a number", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"exp":"{now + 60}"}}')),
    Forgery("an end below zero", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":-2,"exp":-1}}')),
    Forgery("claims signed as a list", _raw(lambda own, now: f'[{{"partner_id":"{own}","nbf":0,"exp":{now + 60}}}]')),
    Forgery("claims signed as a text", _raw(lambda own, now: f'"{own}"')),
    Forgery("claims signed as nothing", _raw(lambda own, now: "")),
    Forgery("a comma too many", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"exp":{now + 60},}}')),
    Forgery("something after the claims", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"exp":{now + 60}}}{{}}')),
    Forgery("claims in the other case", _raw(lambda own, now: f'{{"Partner_Id":"{own}","NBF":0,"EXP":{now + 60}}}')),
    Forgery("claims nested too deep", _raw(lambda own, now: f'{{"partner_id":"{own}","nbf":0,"x":{"[" * 3000}')),
    *(
        Forgery(f"a partner with {how}", _named(change))
        for how, change in {
            "a blank after it": lambda own: own + " ",
            "a blank before it": lambda own: " " + own,
            "NUL after it": lambda own: own + "\u0000",
            "a letter that is another": lambda own: own.replace("a", "\u0430", 1).replace("e", "\u0435", 1),
            "wide letters": lambda own: "".join(chr(ord(each) + 0xFEE0) for each in own),
            "a wildcard": lambda own: own[:-1] + "%",
        }.items()
    ),
    Forgery("a partner that is an object", _of(lambda token, secret: token.said(partner_id={"$ne": ""}).signed(secret))),
    Forgery(
        "a partner that is many",
        _of(lambda token, secret: token.said(partner_id=[token.claims["partner_id"]] * 2).signed(secret)),
    ),
)
