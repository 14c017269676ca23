"""JUnit: a run as CI systems read it, a testcase for each test, with the ids of the documented statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from contract_tests.events import FAILED, SKIPPED, Event
from contract_tests.reports import curl
from contract_tests.reports.finding import Finding
from contract_tests.reports.model import Report
from contract_tests.secrets import Scrubber

#: What XML 1.0 has no way to say, not even escaped.
_UNSAYABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(report: Report, scrubber: Scrubber, replays: Sequence[str | None] = ()) -> str:
    """The whole document, not scrubbed yet; times stand in ``time`` attributes alone. ``replays``: of each finding, or none."""
    root = Element("testsuites")
    suite = SubElement(root, "testsuite", name="understudy", tests=str(len(report.events)), errors="0")
    suite.set("failures", str(report.counts[FAILED]))
    suite.set("skipped", str(report.counts[SKIPPED]))
    suite.set("time", f"{sum(event.seconds for event in report.events):.3f}")
    found: dict[str, list[tuple[Finding, str]]] = {}
    for finding, replay in zip_longest(report.findings, replays):
        found.setdefault(finding.test, []).append((finding, _told(finding, replay, scrubber)))
    for event in report.events:
        _case(suite, event, found.get(event.test, ()))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, event: Event, findings: Sequence[tuple[Finding, str]]) -> None:
    module, _, name = event.test.partition("::")
    case = SubElement(suite, "testcase", classname=_plain(module.removesuffix(".py").replace("/", ".")), name=_plain(name))
    case.set("time", f"{event.seconds:.3f}")
    ids = list(dict.fromkeys([*event.statements, *(each for finding, _ in findings for each in finding.statements)]))
    if ids:
        properties = SubElement(case, "properties")
        for statement in ids:
            SubElement(properties, "property", name="statement", value=statement)
    if event.outcome == SKIPPED:
        SubElement(case, "skipped", message=_plain(event.reason))
    elif event.outcome == FAILED:
        _failure(case, event, findings)


def _failure(case: Element, event: Event, findings: Sequence[tuple[Finding, str]]) -> None:
    """One for each testcase: most readers look at the first alone."""
    titles = [finding.title for finding, _ in findings] or ["The test ended without saying what was wrong"]
    failure = SubElement(case, "failure", type=_plain(findings[0][0].check if findings else "unknown"))
    failure.set("message", _plain("; ".join(titles)))
    failure.text = _plain("\n\n".join([*([told for _, told in findings] or titles), event.detail]))


def _told(finding: Finding, replay: str | None, scrubber: Scrubber) -> str:
    """One finding with what the contract says and how to see it again."""
    rests = finding.grounds
    lines = [f"{finding.title} ({finding.severity})"]
    if rests is not None and rests.pointer:
        known = f" ({finding.provenance})" if finding.provenance else ""
        lines.append(f"The contract at {rests.pointer}{known}: {rests.says}")
    lines += curl.commands(finding.sequence, scrubber)
    return "\n".join([*lines, *([f"To send it again: pytest {replay}"] if replay else [])])


def _plain(text: str) -> str:
    return _UNSAYABLE.sub("\ufffd", text)
