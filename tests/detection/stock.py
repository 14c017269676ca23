"""Stock: what Schemathesis finds as it comes, with the owner's credentials and a budget of requests."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.app import cast
from mockserver.data import MOUNTS, spec_path
from tests.detection.proxy import Proxy

if TYPE_CHECKING:
    from tests.detection.rows import Row, Seen

#: In seconds: a run that has not come to its end by then is broken off.
_LONGEST = 900.0


def _headers(api: str, owner: Mapping[str, Any]) -> list[str]:
    """The owner's credentials as lines of a configuration file; operations with a scheme of their own get theirs."""
    if api == "restlink":
        return [_line({"X-API-Key": owner["api_keys"][str(owner["main"])]})]
    if api == "bird":
        return [_line({"Authorization": f"AccessKey {owner['access_key']}"})]
    if api == "xpressbot":
        return [_line({"X-API-Key": owner["api_key"]})]
    if api == "timelines":
        return [_line({"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]})]
    usual = _line({"Authorization": f"Bearer {owner['session_token']}"})
    keyed = _line({"Authorization": f"Bearer {owner['api_key']}"})
    return [usual, "[[operations]]", 'include-name = "POST /api/messages"', keyed]


def _line(headers: Mapping[str, str]) -> str:
    return "headers = { " + ", ".join(f'"{name}" = "{value}"' for name, value in headers.items()) + " }"


def ran(row: Row, proxy: Proxy) -> Seen:
    """Default checks and phases; interrupted as soon as the budget is spent, what it found by then counts."""
    from tests.detection.rows import Seen

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="understudy-stock-") as folder:
        told = Path(folder) / "events.ndjson"
        (Path(folder) / "schemathesis.toml").write_text("\n".join(_headers(row.api, cast(row.api, "default")["owner"])) + "\n")
        status = _watched(_command(row, proxy, told), folder, row.budget, proxy)
        caught = [
            {"part": "stock", "check": check, "statements": [], "test": place, "message": ""} for check, place in failures(told)
        ]
    seconds = round(time.monotonic() - began, 1)
    first = {"seconds": seconds, "requests": len(proxy.seen), "part": "stock"} if caught else None
    return Seen(row, status, caught, first, {}, len(proxy.seen), proxy.lied, seconds)


def _command(row: Row, proxy: Proxy, told: Path) -> list[str]:
    words = [sys.executable, "-m", "schemathesis.cli", "run", str(spec_path(row.api)), "--url", proxy.url + MOUNTS[row.api]]
    words += ["--report", "ndjson", "--report-ndjson-path", str(told), "--seed", str(row.seed), "--no-color"]
    return [*words, "--max-examples", str(row.examples), "--generation-database", "none", "--continue-on-failure"]


def _watched(words: list[str], folder: str, budget: int, proxy: Proxy) -> int:
    with (Path(folder) / "said.txt").open("wb") as said:
        child = subprocess.Popen(words, cwd=folder, stdout=said, stderr=said)
        end = time.monotonic() + _LONGEST
        while child.poll() is None:
            if (budget and len(proxy.seen) >= budget) or time.monotonic() > end:
                child.send_signal(signal.SIGINT)
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                break
            time.sleep(0.02)
    return child.returncode


def failures(told: Path) -> list[tuple[str, str]]:
    """Each check that failed, with the operation; once each."""
    found = set()
    for line in told.read_text("utf-8").splitlines() if told.exists() else ():
        try:
            found |= set(_failed(json.loads(line), ""))
        except ValueError:
            continue  # the line that was being written when the run was broken off
    return sorted(found)


def _failed(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        place = str(node.get("label") or place)
        if node.get("failure_info") or (node.get("status") == "failure" and {"name", "failure"} <= node.keys()):
            yield str(node.get("name")), place
        for part in node.values():
            yield from _failed(part, place)
    elif isinstance(node, list):
        for part in node:
            yield from _failed(part, place)
