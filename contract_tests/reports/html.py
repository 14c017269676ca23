"""HTML: the report as one page that needs nothing else and runs nothing; what deployments said is shown, never believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from contract_tests.gate.exchange import Exchange
from contract_tests.reports import bodies, curl, headers
from contract_tests.reports.causes import Cause, causes
from contract_tests.reports.finding import Finding
from contract_tests.reports.model import PROVEN, Report, Row, tally
from contract_tests.secrets import Scrubber

#: Of one body, in characters; findings of one cause that are shown in full.
LARGEST, SHOWN = 8 * 1024, 5
_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ccc, #444); --dim: light-dark(#555, #aaa);
  --soft: light-dark(#f5f5f5, #1d1d1d); --error: light-dark(#b00020, #ff7b85); --remark: light-dark(#8a6100, #e6b94d);
  --fine: light-dark(#1b6e2f, #79cf8d) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .5rem 0; padding: .3rem .8rem }
summary { cursor: pointer } summary b { margin-right: .5rem }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: .85rem }
table { border-collapse: collapse; width: 100% } .dim { color: var(--dim) }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top }
.error, .failed { color: var(--error) } .remark, .not { color: var(--remark) } .proven { color: var(--fine) }
"""


def page(report: Report, rows: Sequence[Row], scrubber: Scrubber, replays: Sequence[str | None]) -> str:
    """The whole page, not scrubbed yet. ``replays``: the path of each finding's replay file."""
    found = causes(report.findings)
    title = f"Contract run against {escape(report.target)}"
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.counts.items()))
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>Profile {escape(report.profile)}, seed {report.seed}. Tests: {escape(counts) or 'none'}. {escape(tally(rows))}.</p>",
        f"<h2>Findings: {len(found)}</h2>",
        *(part for cause in found for part in _cause(cause, scrubber, replays)),
        *_skipped(report),
        *_statements(rows),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _cause(cause: Cause, scrubber: Scrubber, replays: Sequence[str | None]) -> Iterator[str]:
    first = cause.first
    yield f'<details><summary><b class="{first.severity}">{escape(cause.head)}</b> {escape(first.message[:300])}'
    yield f' <span class="dim">{escape(first.check)}, {first.severity}, {len(cause.findings)} times</span></summary>'
    yield from _contract(first)
    for place, finding in cause.findings[:SHOWN]:
        yield from _finding(finding, scrubber, replays[place - 1])
    if len(cause.findings) > SHOWN:
        yield f"<p>{len(cause.findings) - SHOWN} more are in findings.json.</p>"
    yield "</details>"


def _contract(finding: Finding) -> Iterator[str]:
    if finding.pointer:
        known = f" ({escape(finding.provenance)})" if finding.provenance else ""
        yield f"<p>The contract says at <code>{escape(finding.pointer)}</code>{known}:"
        yield f" {escape(finding.grounds.says) if finding.grounds is not None else ''}</p>"


def _finding(finding: Finding, scrubber: Scrubber, replay: str | None) -> Iterator[str]:
    yield f'<details><summary>{escape(finding.test)} <span class="dim">{len(finding.sequence)} requests</span></summary>'
    yield f"<p>{escape(finding.message)}</p>"
    yield from (part for exchange in finding.sequence for part in _exchange(exchange))
    yield _folded("As curl", "\n\n".join(curl.commands(finding.sequence, scrubber)))
    if replay is not None:
        yield f"<p>To send it again: <code>pytest {escape(replay)}</code></p>"
    yield _folded("The whole story", finding.detail) + "</details>"


def _exchange(exchange: Exchange) -> Iterator[str]:
    asked = [f"{exchange.method} {exchange.url}", *(f"{name}: {value}" for name, value in headers.sent(exchange.headers))]
    said = [f"{exchange.status or 'no reply'}", *(f"{name}: {value}" for name, value in headers.received(exchange.reply_headers))]
    for lines, body in ((asked, bodies.sent(exchange)), (said, bodies.readable(exchange))):
        yield f"<pre>{escape(chr(10).join([*lines, '', bodies.words(body, LARGEST)]).rstrip())}</pre>"


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary><pre>{escape(text)}</pre></details>" if text else ""


def _skipped(report: Report) -> Iterator[str]:
    if report.skipped:
        yield "<h2>Skipped</h2><table><tr><th>tests</th><th>why</th></tr>"
        ordered = sorted(report.skipped.items(), key=lambda each: (-each[1], each[0]))
        yield from (f"<tr><td>{count}</td><td>{escape(reason)}</td></tr>" for reason, count in ordered)
        yield "</table>"


def _statements(rows: Sequence[Row]) -> Iterator[str]:
    for title, shown in (
        ("Statements that are not proven", [row for row in rows if row.verdict != PROVEN]),
        ("Statements that are proven", [row for row in rows if row.verdict == PROVEN]),
    ):
        if shown:
            opened = " open" if shown[0].verdict != PROVEN else ""
            yield f"<details{opened}><summary><b>{title}: {len(shown)}</b></summary><table>"
            yield from (_row(row) for row in shown)
            yield "</table></details>"


def _row(row: Row) -> str:
    verdict = f'<td class="{row.verdict.split()[0]}">{row.verdict}</td>'
    return f"<tr><td>{escape(row.api)} {escape(row.id)}</td>{verdict}<td>{escape(row.says)}</td></tr>"
