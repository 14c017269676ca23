"""Renderings of a coverage: as a table for people, as JSON, as JUnit for a CI. Needs nothing of the mock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

FORMS = ("table", "json", "junit")
#: What the threshold can be held against, as in the report's ``totals``; ``all`` is statuses, webhooks and frames together.
MEASURES = ("operations", "statuses", "webhooks", "frames", "all")
_NEVER = "never exercised"

Report = Mapping[str, Any]


def render(report: Report, form: str, threshold: float = 0, of: str = "operations") -> tuple[str, bool]:
    """The text of a report, as ``GET /coverage`` gives it, and whether the share ``of`` it reaches so many percent.

    ``form``: one of FORMS; ``of``: one of MEASURES. The JSON has ``threshold`` beside the report: ``percent``, ``of``, ``met``.
    In the JUnit, what was never exercised is skipped; it fails where it is of the measure and the threshold is not met, so that
    the file has failures exactly if the second value is False.
    """
    met = report["totals"][of]["percent"] >= threshold
    if form == "json":
        goal = {"percent": threshold, "of": of, "met": met}
        return json.dumps({**report, "threshold": goal}, indent=2), met
    return (_junit(report, threshold, of, met) if form == "junit" else _table(report, threshold, of, met)), met


def _table(report: Report, threshold: float, of: str, met: bool) -> str:
    from io import StringIO  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415  (only people want tables)
    from rich.table import Table  # noqa: PLC0415

    out = StringIO()
    console = Console(file=out, width=160)
    for api in report["apis"]:
        table = Table("", "exercised", "never", title=_headline(api["api"], api["totals"]), title_justify="left", box=None)
        for operation in api["operations"]:
            answers = operation["answers"]
            seen = [_counted(answer["status"], answer["count"]) for answer in answers if answer["count"]]
            never = [str(answer["status"]) for answer in answers if not answer["count"]]
            table.add_row(operation["operation"], " ".join(seen) or "-", " ".join(never))
        for kind in ("webhook", "frame"):
            for one in api[f"{kind}s"]:
                seen = [_counted("", one["count"])] if one["count"] else []
                table.add_row(f"{kind} {one[kind]}", " ".join(seen) or "-", "" if seen else _NEVER)
        console.print(table)
        console.print()
    console.print(_headline("all APIs", report["totals"]), markup=False)
    if threshold:
        share = report["totals"][of]["percent"]
        console.print(f"threshold: {share:g} % of the {_MEANT[of]}, {threshold:g} % wanted: {'met' if met else 'NOT met'}")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


_MEANT = {name: name for name in MEASURES} | {"all": "statuses, webhooks and frames"}


def _counted(name: int | str, count: int) -> str:
    return f"{name}:{count}" if name else str(count)


def _headline(name: str, totals: Mapping[str, Any]) -> str:
    told = [f"{measure} {one['exercised']}/{one['of']}" for measure, one in totals.items() if measure != "all" and one["of"]]
    return f"{name}: {', '.join(told)}"


def _junit(report: Report, threshold: float, of: str, met: bool) -> str:
    root = ElementTree.Element("testsuites", name="coverage")
    missed = {"operations": ["operations"], "all": ["statuses", "webhooks", "frames"]}.get(of, [of]) if not met else []
    reason = f"{_NEVER}: {report['totals'][of]['percent']:g} % of the {_MEANT[of]}, {threshold:g} % wanted"
    for api in report["apis"]:
        suite = ElementTree.SubElement(root, "testsuite", name=api["api"])
        for measure, classname, name, exercised in _cases(api):
            case = ElementTree.SubElement(suite, "testcase", classname=classname, name=name, time="0")
            if not exercised:
                kind, message = ("failure", reason) if measure in missed else ("skipped", _NEVER)
                ElementTree.SubElement(case, kind, message=message)
        for attribute, pattern in (("tests", "testcase"), ("failures", "testcase/failure"), ("skipped", "testcase/skipped")):
            suite.set(attribute, str(len(suite.findall(pattern))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(api: Mapping[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    """Measure, class, name, exercised: one for each operation as such, each documented status of it, each webhook, each frame."""
    for operation in api["operations"]:
        classname = f"{api['api']}.{operation['operation']}"
        yield "operations", classname, "succeeds", operation["exercised"]
        for answer in operation["answers"]:
            if answer["documented"]:
                yield "statuses", classname, str(answer["status"]), bool(answer["count"])
    for kind in ("webhook", "frame"):
        for one in api[f"{kind}s"]:
            yield f"{kind}s", f"{api['api']}.{kind}s", one[kind], bool(one["count"])
