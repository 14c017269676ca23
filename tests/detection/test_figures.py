"""Rows are told apart, kept, and counted as they ought to be."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tests.detection import figures
from tests.detection.catalogue import DEFECTS, matching
from tests.detection.figures import Figures
from tests.detection.rows import CLEAN, DEFECT, STOCK, VARIANT, Row
from tests.detection.stock import failures

BAD = {"part": "laws", "check": "test_a", "statements": ["L01"], "test": "t", "message": "no"}


def result(row: Row, *caught: dict[str, Any], status: int | None = None, lied: int = 1) -> dict[str, Any]:
    first = {"seconds": 2.0, "requests": 9, "part": "laws"} if caught else None
    known = {"status": bool(caught) if status is None else status, "caught": list(caught), "first": first}
    return {
        "key": row.key,
        "row": asdict(row),
        "parts": {"laws": {"passed": 1}},
        "requests": 10,
        "lied": lied,
        "seconds": 3.0,
        **known,
    }


def test_no_two_rows_have_one_key() -> None:
    rows = [Row(DEFECT, each.api, each.key) for each in DEFECTS]
    rows += [Row(VARIANT, api, "slow", seed) for api in ("bird", "tofrom") for seed in (0, 1)]
    rows += [Row(CLEAN, "bird"), Row(CLEAN, "bird", part="laws"), Row(DEFECT, "bird", "bird/any-size", quick=True)]
    rows += [Row(STOCK, "bird", "bird/any-size"), Row(STOCK, "bird", "clean/bird")]
    assert len({row.key for row in rows}) == len(rows)


def test_what_was_found_is_a_kill_for_a_defect_and_an_alarm_for_the_honest() -> None:
    alg, claims, broken = (matching(f"timelines/{name}")[0] for name in ("alg-none", "claims-not-required", "half-a-change"))
    seen = Figures(
        [alg, claims, broken],
        [
            result(Row(DEFECT, "timelines", alg.key), BAD, BAD),
            result(Row(DEFECT, "timelines", claims.key), lied=0),
            result(Row(DEFECT, "timelines", broken.key), status=-1),
            result(Row(CLEAN, "timelines")),
            result(Row(VARIANT, "timelines", "slow"), BAD),
        ],
    )
    assert [defect for defect, _ in seen.killed] == [alg]
    assert seen.survivors == [claims]
    assert len(seen.broken) == 1
    assert [each["row"]["name"] for each in seen.alarms] == ["slow"]
    assert seen.kills() == {("laws", "test_a"): 1}
    assert seen.alone() == {("laws", "test_a"): 1}
    assert "1 of 2 defects were caught (50.0%)." in figures.summary(seen)
    assert "1 of 2 runs of honest deployments raised an alarm." in figures.summary(seen)
    assert claims.key in figures.terminal(seen)
    assert f"{claims.does} | never: nobody asked" in figures.markdown(seen)


def test_a_kill_without_the_statements_name_is_told() -> None:
    (claims,) = matching("timelines/claims-not-required")
    assert Figures([claims], [result(Row(DEFECT, "timelines", claims.key), BAD)]).unnamed == [(claims, {"L02"})]


def test_stock_has_caught_what_it_does_not_find_in_the_clean_mock() -> None:
    alg, claims = (matching(f"timelines/{name}")[0] for name in ("alg-none", "claims-not-required"))
    usual = {**BAD, "check": "positive_data_acceptance"}
    rows = [result(Row(STOCK, "timelines", "clean/timelines"), usual)]
    rows += [result(Row(STOCK, "timelines", alg.key), usual, BAD), result(Row(STOCK, "timelines", claims.key), usual)]
    seen = Figures([alg, claims], rows)
    assert (seen.stock(alg), seen.stock(claims)) == (True, False)
    assert Figures([alg], []).stock(alg) is None


def test_failures_are_read_from_the_events_of_schemathesis(tmp_path: Any) -> None:
    failed = {"name": "not_a_server_error", "status": "failure", "failure_info": {"failure": {"title": "Server error"}}}
    checks = {"1": [failed, {"name": "other", "status": "success"}]}
    line = json.dumps({"ScenarioFinished": {"recorder": {"label": "GET /a", "checks": checks}}})
    (tmp_path / "events").write_text(f'{line}\n{{"half')
    assert failures(tmp_path / "events") == [("not_a_server_error", "GET /a")]
    assert failures(tmp_path / "nothing") == []
