"""JUnit: a run as CI systems read it, a testcase for each test, with the ids of the documented statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from contract_tests.events import FAILED, SKIPPED, Event
from contract_tests.reports.finding import Finding
from contract_tests.reports.model import Report

#: What XML 1.0 has no way to say, not even escaped.
_UNSAYABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(report: Report) -> str:
    """The whole document. Times stand in ``time`` attributes alone."""
    root = Element("testsuites")
    suite = SubElement(root, "testsuite", name="understudy", tests=str(len(report.events)), errors="0")
    suite.set("failures", str(report.counts[FAILED]))
    suite.set("skipped", str(report.counts[SKIPPED]))
    suite.set("time", f"{sum(event.seconds for event in report.events):.3f}")
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.test, []).append(finding)
    for event in report.events:
        _case(suite, event, found.get(event.test, ()))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, event: Event, findings: Sequence[Finding]) -> None:
    module, _, name = event.test.partition("::")
    case = SubElement(suite, "testcase", classname=_plain(module.removesuffix(".py").replace("/", ".")), name=_plain(name))
    case.set("time", f"{event.seconds:.3f}")
    ids = list(dict.fromkeys([*event.statements, *(each for finding in findings for each in finding.statements)]))
    if ids:
        properties = SubElement(case, "properties")
        for statement in ids:
            SubElement(properties, "property", name="statement", value=statement)
    if event.outcome == SKIPPED:
        SubElement(case, "skipped", message=_plain(event.reason))
    elif event.outcome == FAILED:
        _failure(case, event, findings)


def _failure(case: Element, event: Event, findings: Sequence[Finding]) -> None:
    """One for each testcase: most readers look at the first alone."""
    titles = [finding.title for finding in findings] or ["The test ended without saying what was wrong"]
    failure = SubElement(case, "failure", type=_plain(findings[0].check if findings else "unknown"))
    failure.set("message", _plain("; ".join(titles)))
    failure.text = _plain("\n\n".join([*titles, event.detail]))


def _plain(text: str) -> str:
    return _UNSAYABLE.sub("\ufffd", text)
