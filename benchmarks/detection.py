"""What the contract tests catch: ``python benchmarks/detection.py`` runs them against every defect of the catalogue, beside them
Schemathesis as it comes, and both against the clean mock and its permitted variants, which must raise no alarm.

Each row is a process of its own with a fresh mock. ``--resume FILE`` keeps every row as a line of JSON and runs what is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mockserver.data import MOUNTS  # noqa: E402
from tests.detection import catalogue, figures  # noqa: E402
from tests.detection.rows import CLEAN, DEFECT, STOCK, VARIANT, Row  # noqa: E402
from tests.detection.variants import VARIANTS  # noqa: E402

#: In seconds: a row that takes longer is given up.
LONGEST = 1800
#: How many examples Schemathesis is asked for; the first number that spends our requests on the clean mock is taken.
EXAMPLES = (5, 10, 20, 40, 80, 160, 320)
Result = dict[str, Any]


def span(text: str) -> list[int]:
    """``0-3,7`` as numbers."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


class Results:
    """Rows that were run, by their key; appended to a file as lines of JSON if there is one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.known: dict[str, Result] = {}
        if path is not None and path.exists():
            lines = [line for line in path.read_text("utf-8").splitlines() if line.endswith("}")]
            self.known = {told["key"]: told for told in map(json.loads, lines)}

    def add(self, result: Result) -> None:
        self.known[result["key"]] = result
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")

    def run(self, rows: Sequence[Row], jobs: int) -> None:
        """Run those that are missing."""
        missing = [row for row in rows if row.key not in self.known]
        with ThreadPoolExecutor(jobs) as pool, Progress(disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("rows", total=len(missing))
            for done in as_completed(pool.submit(run, row) for row in missing):
                self.add(done.result())
                bar.advance(task)


def run(row: Row) -> Result:
    """One row in a process of its own. What breaks is a result, too: a status below zero and the last words."""
    words = [sys.executable, "-m", "tests.detection.rows", json.dumps(asdict(row))]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return _broken(row, f"took more than {LONGEST} seconds")
    if done.returncode != 0:
        return _broken(row, done.stderr.strip()[-500:])
    told: Result = json.loads(done.stdout.splitlines()[-1])
    return told if told["status"] in (0, 1) or row.kind == STOCK else _broken(row, done.stderr.strip()[-500:])


def _broken(row: Row, words: str) -> Result:
    empty: Result = {"caught": [], "first": None, "parts": {}, "requests": 0, "lied": 0, "seconds": 0.0}
    return {"key": row.key, "row": asdict(row), "status": -1, "words": words, **empty}


def stock_rows(results: Results, apis: Sequence[str], defects: Sequence[catalogue.Defect], jobs: int) -> Iterator[Row]:
    """Schemathesis with as many requests as our run of the clean mock sent, for the clean mock and each defect."""
    for api in apis:
        budget = results.known[Row(CLEAN, api).key]["requests"]
        examples = EXAMPLES[-1]
        for number in EXAMPLES:
            tried = Row(STOCK, api, f"clean/{api}/{number}", examples=number, budget=budget)
            results.run([tried], jobs)
            if results.known[tried.key]["requests"] >= budget:
                examples = number
                break
        yield Row(STOCK, api, f"clean/{api}", examples=examples, budget=budget)
        yield from (Row(STOCK, api, each.key, examples=examples, budget=budget) for each in defects if each.api == api)


@click.command()
@click.option("--apis", default=",".join(MOUNTS), help="Comma-separated.")
@click.option(
    "--defects", "pattern", default="*", help="Keys (restlink/text-is-cut), names or areas, as in a shell; '' for none."
)
@click.option("--variants", default="", help="Comma-separated, 'all' for every one: false alarms are looked for.")
@click.option("--seeds", default="0", help="For the clean mock and the variants: 0-19, or 1,5,7.")
@click.option("--part", default=None, help="One part of the run only.")
@click.option("--quick", is_flag=True, help="Leave out the parts after the one that caught the defect.")
@click.option("--stock/--no-stock", default=True, help="Run Schemathesis as it comes, too.")
@click.option("--jobs", default=2, help="Rows at once.")
@click.option("--resume", type=click.Path(path_type=Path), default=None, help="Keep rows here, and run what is missing.")
@click.option("--json", "to_json", type=click.Path(path_type=Path), default=None, help="Write all figures here.")
@click.option("--markdown", type=click.Path(path_type=Path), default=None, help="Write the page here (docs/detection.md).")
def main(
    apis: str,
    pattern: str,
    variants: str,
    seeds: str,
    part: str | None,
    quick: bool,
    stock: bool,
    jobs: int,
    resume: Path | None,
    to_json: Path | None,
    markdown: Path | None,
) -> None:
    """Measure what the contract tests catch, and what they take for a defect that is none."""
    chosen, results = apis.split(","), Results(resume)
    defects = [each for each in catalogue.matching(pattern) if each.api in chosen] if pattern else []
    names = list(VARIANTS) if variants == "all" else [name for name in variants.split(",") if name]
    rows = [Row(DEFECT, each.api, each.key, part=part, quick=quick) for each in defects]
    rows += [Row(CLEAN, api, seed=seed, part=part) for api in chosen for seed in span(seeds)]
    rows += [Row(VARIANT, api, name, seed, part) for name in names for api in chosen for seed in span(seeds)]
    results.run(rows, jobs)
    if stock and defects:
        results.run([Row(CLEAN, api) for api in chosen], jobs)
        stocked = list(stock_rows(results, chosen, defects, jobs))
        results.run(stocked, jobs)
        rows += stocked
    seen = figures.Figures(defects, [results.known[row.key] for row in rows])
    click.echo(figures.terminal(seen))
    if to_json is not None:
        to_json.write_text(json.dumps(figures.plain(seen), indent=2) + "\n", "utf-8")
    if markdown is not None:
        markdown.write_text(figures.markdown(seen), "utf-8")


if __name__ == "__main__":
    main()
