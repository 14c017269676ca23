"""Schemathesis' own checks behind the gate: what the gate refused or did is neither a failure nor a pass.

The hooks change the process that loads them, so they are loaded in one of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HOOKS = Path(__file__).parents[3] / "contract_tests" / "gate" / "hooks.py"
BEFORE = "import schemathesis\n@schemathesis.check\ndef own_check(ctx, response, case): return None\n"
PLAY = """
import json, sys, threading
from types import SimpleNamespace as Some
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.hooks import load_from_path
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER as dispatcher

REFUSED = "x-understudy-refused"
CASE = Some(operation=Some(label="GET /a"))
load_all_checks()
seen = []

def answered(*headers):
    return Some(headers=dict.fromkeys(headers, "1"))

def sends(*headers, elsewhere=False):
    "A request of the check's own, as it passes the hooks."
    (after,) = dispatcher.get_all_by_name("after_call")
    sent = threading.Thread(target=after, args=(None, CASE, answered(*headers)))
    sent.run() if not elsewhere else (sent.start(), sent.join())

@schemathesis.check
def plays(ctx, response, case):
    seen.append(1)
    if ctx.refused is not None:
        sends(*ctx.refused, elsewhere=ctx.elsewhere)
    if ctx.fails:
        raise AssertionError("wrong")
    return ctx.says

load_from_path(sys.argv[1])

def judged(*headers, refused=None, fails=False, says=None, elsewhere=False):
    ctx = Some(refused=refused, fails=fails, says=says, elsewhere=elsewhere, auth_enforced_operations={"GET /a"})
    seen.clear()
    try:
        said = CHECKS.get_one("plays")(ctx, answered(*headers), CASE)
    except AssertionError:
        said = "failed"
    return [said, len(seen), sorted(ctx.auth_enforced_operations)]

def counts(check, *headers):
    (keeps,) = dispatcher.get_all_by_name("filter_failure")
    return keeps(None, Some(checks=frozenset({check})), CASE, answered(*headers))

HELD, PINNED = "x-understudy-held", "x-understudy-pinned"
print(json.dumps({
    "passes": judged(),
    "skips": judged(says=True),
    "fails": judged(fails=True),
    "refused": judged(REFUSED, fails=True),
    "its own request was refused": judged(refused=[REFUSED]),
    "it failed by its own refused request": judged(refused=[REFUSED], fails=True),
    "its own request was served": judged(refused=["x-else"], fails=True),
    "somebody else's was refused": judged(refused=[REFUSED], fails=True, elsewhere=True),
    "counted": [counts("not_a_server_error"), counts("max_response_time"), counts("not_a_server_error", HELD, PINNED)],
    "not counted": [
        counts("not_a_server_error", REFUSED), counts("max_response_time", HELD),
        counts("positive_data_acceptance", PINNED), counts("negative_data_rejection", PINNED),
    ],
    "bare": [each.__name__ for each in CHECKS.get_all() if not isinstance(each, type) and not hasattr(each, "__wrapped__")],
}))
"""
KNOWN = ["GET /a"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("hooks")
    (folder / "before.py").write_text(BEFORE)
    environment = {**os.environ, "UNDERSTUDY_HOOKS_BEFORE": str(folder / "before.py")}
    ended = subprocess.run(
        [sys.executable, "-c", PLAY, str(HOOKS)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("passes", [None, 1, KNOWN]),
        ("skips", [True, 1, KNOWN]),
        ("fails", ["failed", 1, KNOWN]),
        ("refused", [True, 0, KNOWN]),
        ("its own request was refused", [True, 1, []]),
        ("it failed by its own refused request", [True, 1, KNOWN]),
        ("its own request was served", ["failed", 1, KNOWN]),
        ("somebody else's was refused", ["failed", 1, KNOWN]),
    ],
)
def test_a_check_is_skipped_where_a_refusal_decided_it(played: dict[str, Any], what: str, said: list[Any]) -> None:
    assert played[what] == said


def test_a_failure_counts_unless_the_gate_brought_it_about(played: dict[str, Any]) -> None:
    assert played["counted"] == [True, True, True]
    assert played["not counted"] == [False] * 4


def test_every_check_but_those_of_hooks_that_came_before_is_judged_so(played: dict[str, Any]) -> None:
    # A check of those shows that they are loaded, too.
    assert played["bare"] == ["own_check"]
