"""HAR: the traffic of a run as browsers and proxies exchange it, within bounds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import harfile

from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.reports import bodies
from contract_tests.reports.finding import base_url_of

#: Of one body, and of all together. In characters.
LARGEST, ROOM = 64 * 1024, 32 * 1024 * 1024


def text(exchanges: Sequence[Exchange]) -> str:
    """The whole archive, the newest exchanges as far as there is room; a ``url`` begins with the name of the variable that holds
    the API's base URL. It is not scrubbed yet.
    """
    kept = _newest(exchanges)
    page = io.StringIO()
    left_out = f"{len(exchanges) - len(kept)} older exchanges are left out" if len(kept) < len(exchanges) else None
    creator = harfile.Creator("understudy", "1")
    with harfile.HarFile(page, creator=creator, comment=left_out) as archive:
        for each in kept:
            archive.add_entry(
                startedDateTime=datetime.fromtimestamp(each.started, UTC),
                time=round(each.seconds * 1000, 3),
                request=_request(each),
                response=_response(each),
                timings=harfile.Timings(send=0, wait=round(each.seconds * 1000, 3), receive=0),
                comment=_comment(each),
            )
    return page.getvalue() + "\n"


def _newest(exchanges: Sequence[Exchange]) -> list[Exchange]:
    held, kept = 0, []
    for each in reversed(exchanges):
        held += min(LARGEST, len(each.body)) + min(LARGEST, len(each.reply_body)) + len(each.url)
        if held > ROOM:
            break
        kept.append(each)
    return kept[::-1]


def _request(exchange: Exchange) -> harfile.Request:
    said = bodies.words(bodies.sent(exchange), LARGEST)
    kind = exchange.header("content-type") or ""
    return harfile.Request(
        method=exchange.method,
        url=_plain(base_url_of(exchange.api or "")[1:] + exchange.url),
        httpVersion="HTTP/1.1",
        headers=_records(exchange.headers),
        queryString=_records(parse_qsl(exchange.query, keep_blank_values=True)),
        postData=harfile.PostData(_plain(kind), text=said) if exchange.body else None,
        bodySize=len(exchange.body),
    )


def _response(exchange: Exchange) -> harfile.Response:
    said = bodies.words(bodies.readable(exchange), LARGEST)
    kind = exchange.reply_header("content-type") or ""
    return harfile.Response(
        status=exchange.status,
        statusText="",
        httpVersion="HTTP/1.1",
        headers=_records(exchange.reply_headers),
        content=harfile.Content(len(exchange.reply_body), mimeType=_plain(kind), text=said),
        redirectURL=_plain(exchange.reply_header("location") or ""),
        bodySize=len(exchange.reply_body),
    )


def _comment(exchange: Exchange) -> str | None:
    told = [exchange.refused and f"refused by the gate: {exchange.refused}", exchange.broken]
    told += [f"{each.check}: {each.message}" for each in exchange.objections]
    return "; ".join(filter(None, told)) or None


def _records(pairs: Headers) -> list[harfile.Record]:
    return [harfile.Record(_plain(name), _plain(value)) for name, value in pairs]


def _plain(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
