"""Keys: forgeries of an opaque credential, such as an API key or a session, in the place where it belongs and in others."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

from contract_tests.forging.forgery import Forgery, Good, Shown, header

Place = Callable[[str | bytes], Shown]
_LONG = 6000


def in_header(name: str, word: str = "") -> Place:
    """A key in this header, after a word."""

    def place(value: str | bytes) -> Shown:
        return header(name, word.encode() + value if isinstance(value, bytes) else word + value)

    return place


def in_query(name: str) -> Place:
    """A key in the query string."""
    return lambda value: Shown(query=((name, value if isinstance(value, str) else value.decode()),))


def in_body(name: str) -> Place:
    """A key in a JSON body."""
    return lambda value: Shown(body={name: value if isinstance(value, str) else value.decode()})


def _exchanged(key: str) -> str:
    at = next(place for place in range(len(key) - 2, 0, -1) if key[place] != key[place + 1])
    return key[:at] + key[at + 1] + key[at] + key[at + 2 :]


def _lookalike(key: str) -> str:
    pairs = {
        "a": "\u0430",
        "e": "\u0435",
        "o": "\u043e",
        "c": "\u0441",
        "p": "\u0440",
        "x": "\u0445",
        "T": "\u0422",
        "K": "\u041a",
    }
    letter = next((each for each in pairs if each in key), None)
    return key.replace(letter, pairs[letter], 1) if letter else key + "\u0430"


#: What is made of a good key, by how.
SPELLINGS: dict[str, Callable[[str], str | bytes]] = {
    "without its first character": lambda key: key[1:],
    "its beginning alone": lambda key: key[:12],
    "its end alone": lambda key: key[-12:],
    "one character changed": lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
    "two characters exchanged": _exchanged,
    "a blank within": lambda key: f"{key[:10]} {key[10:]}",
    "quotation marks": lambda key: f'"{key}"',
    "in capitals": lambda key: key.upper() if key.upper() != key else key.lower(),
    "%00 after it": lambda key: key + "%00",
    "percent-coded": lambda key: "".join(f"%{ord(each):02X}" for each in key),
    "in Base64": lambda key: base64.b64encode(key.encode()).decode(),
    "wide letters": lambda key: "".join(chr(ord(each) + 0xFEE0) for each in key).encode(),
    "a letter that is another": lambda key: _lookalike(key).encode(),
    "a soft hyphen within": lambda key: f"{key[:8]}\u00ad{key[8:]}".encode(),
    "masked": lambda key: key[:8] + "*" * (len(key) - 8),
    "a wildcard": lambda key: key[:-1] + "%",
    "another wildcard": lambda key: key[:4] + "*",
    "a pattern": lambda key: "^" + key[:6] + ".*$",
    "a condition": lambda key: f"{key}' OR '1'='1",
    "a query": lambda key: "' UNION SELECT key FROM keys --",
    "an object": lambda key: '{"$ne": null}',
    "a path": lambda key: "../" + key,
    "a comment": lambda key: f"{key}#owner",
    "another part": lambda key: f"{key};admin=true",
    "very long": lambda key: key + "A" * _LONG,
    "undefined": lambda key: "undefined",
    "true": lambda key: "true",
    "zero": lambda key: "0",
}


def spelled(place: Place) -> tuple[Forgery, ...]:
    """The forgeries of a key in its place."""
    return tuple(Forgery(how, _shown(place, change)) for how, change in SPELLINGS.items())


def _shown(place: Place, change: Callable[[str], str | bytes]) -> Callable[[Good], Shown]:
    return lambda good: place(change(good.secret))


def misplaced(*places: tuple[str, Callable[[Good], Shown]]) -> tuple[Forgery, ...]:
    """The good key where it is not looked for."""
    usual: tuple[tuple[str, Callable[[Good], Shown]], ...] = (
        ("in a cookie", lambda good: Shown(cookies={"api_key": quote(good.secret), "apiKey": quote(good.secret)})),
        ("as a user", lambda good: header("Authorization", "Basic " + base64.b64encode(f"{good.secret}:".encode()).decode())),
        ("in the proxy's header", lambda good: header("Proxy-Authorization", f"Bearer {good.secret}")),
        ("in a query that nobody reads", lambda good: Shown(query=(("api_key", good.secret), ("key", good.secret)))),
    )
    return tuple(Forgery(name, show) for name, show in (*usual, *places))
