"""Replay: a finding's requests as a pytest file that needs nothing but httpx and the credentials in its environment."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from contract_tests.contracts import Spec
from contract_tests.gate.exchange import Exchange
from contract_tests.reports import expectation, headers, links
from contract_tests.reports.curl import variable
from contract_tests.reports.finding import Finding, base_url_of
from contract_tests.reports.links import Link
from contract_tests.secrets import Scrubber


def can(finding: Finding) -> bool:
    """Whether it can be sent again: it has requests, and the last of them got a reply over plain HTTP."""
    return bool(finding.sequence) and finding.sequence[-1].refused is None and finding.sequence[-1].status not in (0, 101)


def name(place: int, finding: Finding) -> str:
    """The file's name. ``place``: of the finding among all, from 1."""
    slug = re.sub(r"[^a-z0-9]+", "_", f"{finding.api}_{finding.operation or ''}_{finding.check}".lower()).strip("_")
    return f"test_{place:03}_{slug[:80]}.py"


def source(finding: Finding, spec: Spec | None, scrubber: Scrubber) -> str:
    """The whole file."""
    sequence = [each for each in finding.sequence if each.refused is None and each.status != 101]
    body = [line for lines in _sent(sequence, scrubber) for line in lines]
    body += [f"reply = reply_{len(sequence)}", *expectation.lines(finding, spec)]
    used = sorted({found for line in body for found in re.findall(r"\b[A-Z][A-Z0-9_]{2,}\b", line)} & _names(sequence, scrubber))
    apis = sorted({each.api or "" for each in sequence})
    return "\n".join(
        [
            f'"""{_words(finding)}"""',
            "",
            "import json",
            "import os",
            "import re",
            "from typing import Any",
            "from urllib.parse import quote",
            "",
            "import httpx",
            "",
            "# As `understudy credentials --format env` names and shows them.",
            *(f"{base_url_of(api)[1:]} = os.environ[{base_url_of(api)[1:]!r}]" for api in apis),
            *(f"{each} = os.environ[{each!r}]" for each in used),
            f"CAUGHT = {finding.title!r}",
            "",
            "",
            *(f"{inspect.getsource(tool)}\n" for tool in expectation.TOOLS),
            "def test_it_is_not_so_any_more():",
            "    with httpx.Client(timeout=60, follow_redirects=False) as client:",
            *(f"        {line}" for line in body),
            "",
        ]
    )


def _names(sequence: Sequence[Exchange], scrubber: Scrubber) -> set[str]:
    texts = (part for each in sequence for part in (each.url, _text(each.body), *(value for _, value in each.headers)))
    return {variable(found) for text in texts for _, found in scrubber.split(text) if found is not None}


def _words(finding: Finding) -> str:
    rests = finding.grounds
    told = [finding.title]
    if rests is not None and rests.pointer:
        told += [
            "",
            f"The contract says at {rests.pointer}" + (f" ({finding.provenance}):" if finding.provenance else ":"),
            rests.says,
        ]
    return "\n".join(told).replace("\\", "\\\\").replace('"""', '\\"\\"\\"').rstrip('"') + "\n"


def _sent(sequence: Sequence[Exchange], scrubber: Scrubber) -> Iterator[list[str]]:
    """Lines for each request; before it those that take its values from earlier replies."""
    named: dict[str, str] = {}
    for place, (exchange, taken) in enumerate(zip(sequence, links.links(sequence), strict=True), 1):
        new = [link for link in taken if link.value not in named]
        for link in new:
            named[link.value] = f"value_{len(named) + 1}"
        yield [f"{named[link.value]} = str(reply_{link.source + 1}.json(){_path(link)})" for link in new]
        yield _request(exchange, place, {link.value: named[link.value] for link in taken}, scrubber)


def _path(link: Link) -> str:
    return "".join(f"[{step!r}]" for step in link.path)


def _request(exchange: Exchange, place: int, known: dict[str, str], scrubber: Scrubber) -> list[str]:
    base = base_url_of(exchange.api or "")[1:]
    lines = [
        f"reply_{place} = client.request(",
        f"    {exchange.method!r},",
        f"    {base} + {_python(exchange.url, known, scrubber, url=True)},",
    ]
    sent = headers.sent(exchange.headers)
    if sent:
        pairs = ", ".join(f"({_raw(header)}, {_python(value, known, scrubber)}.encode())" for header, value in sent)
        lines.append(f"    headers=[{pairs}],")
    if exchange.body:
        text = _text(exchange.body)
        binary = any("\udc80" <= letter <= "\udcff" for letter in text)
        lines.append(f"    content={exchange.body!r}," if binary else f"    content={_python(text, known, scrubber)}.encode(),")
    return [*lines, ")"]


def _raw(header: str) -> str:
    return f"{header.encode('utf-8', 'surrogateescape')!r}"


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def _python(text: str, known: dict[str, str], scrubber: Scrubber, *, url: bool = False) -> str:
    """The text as a Python expression: with names in place of secrets and of values that replies gave."""
    pieces: list[str] = []
    spelt = known | {quote(value, safe=""): name for value, name in known.items()} if url else known
    for piece, secret in _linked(text, spelt) if known else [(text, None)]:
        if secret is not None:
            pieces.append(f'quote({secret}, safe="")' if url else secret)
            continue
        pieces += [variable(found) if found is not None else repr(part) for part, found in scrubber.split(piece)]
    return "(" + " + ".join(pieces or ["''"]) + ")"


def _linked(text: str, known: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    pattern = "|".join(links.whole(value).pattern for value in sorted(known, key=len, reverse=True))
    for piece in re.split(f"({pattern})", text):
        if piece:
            yield piece, known.get(piece)
