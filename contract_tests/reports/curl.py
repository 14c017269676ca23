"""Curl: a request as a command for a shell, with variables in place of credentials."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Sequence

from contract_tests.gate.exchange import Exchange
from contract_tests.reports import headers
from contract_tests.reports.finding import base_url_of
from contract_tests.secrets import Scrubber

#: A longer body does not fit into a command. In bytes.
LARGEST = 64 * 1024


def commands(sequence: Sequence[Exchange], scrubber: Scrubber) -> list[str]:
    """One for each exchange that a shell can repeat."""
    return [command(each, scrubber) for each in sequence if each.refused is None and each.status != 101]


def command(exchange: Exchange, scrubber: Scrubber) -> str:
    """As ``understudy credentials --format env`` names the variables. ``-g`` and ``--path-as-is``: the URL goes as it is."""
    method = "--head" if exchange.method == "HEAD" else f"-X {shlex.quote(exchange.method)}"
    url = f'"{base_url_of(exchange.api or "")}"{_quoted(exchange.url, scrubber)}'
    options = [f"curl -sS -i -g --path-as-is {method} {url}"]
    # A semicolon is how curl is told to send a header without a value.
    options += [
        "-H " + _quoted(f"{name}: {value}" if value else f"{name};", scrubber) for name, value in headers.sent(exchange.headers)
    ]
    feed, data = _data(exchange.body, scrubber)
    return feed + " \\\n  ".join(options + data)


def _data(body: bytes, scrubber: Scrubber) -> tuple[str, list[str]]:
    """What stands before the command, and its options."""
    if not body:
        return "", []
    if len(body) > LARGEST:
        return "", [f"--data-binary @body  # {len(body)} bytes, too many for a command; they are in the replay file"]
    text = body.decode("utf-8", "surrogateescape")
    if any(letter == "\0" or "\udc80" <= letter <= "\udcff" for letter in text):
        return f"echo {base64.b64encode(body).decode()} | base64 -d | ", ["--data-binary @-"]
    return "", ["--data-raw " + _quoted(text, scrubber)]


def _quoted(text: str, scrubber: Scrubber) -> str:
    pieces = [shlex.quote(piece) if name is None else f'"${variable(name)}"' for piece, name in scrubber.split(text)]
    return "".join(pieces) or "''"


def variable(name: str) -> str:
    """A secret's name as a shell can have it."""
    return re.sub(r"\W", "_", name).upper()
