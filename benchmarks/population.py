"""How many rows a second a population fills: ``python benchmarks/population.py [API…]``."""

from __future__ import annotations

import sys
import time

from mockserver import apis
from mockserver.data import MOUNTS, load_spec
from mockserver.engine.crowd import Crowd
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import read_world

COUNT = 40_000


def rows(store: SqliteStore) -> int:
    """How many records a store holds; a question that only a benchmark has."""
    (number,) = store._connection.execute("SELECT count(*) FROM record").fetchone()
    return int(number)


def rows_per_second(api: str) -> float:
    """Rows that a population adds to the default world, by the processor's seconds."""
    fixture = read_world("default", {api: Contract(api, load_spec(api))})[api]
    store, crowd = SqliteStore(), Crowd(0)
    with Sandbox(store).transaction(api) as tx:
        world = fixture.at(tx.now)
        apis.room(api, "opening").furnish(tx, world)
        before, begun = rows(store), time.process_time()
        apis.room(api, "population").backfill(tx, world, crowd, COUNT).rest()
        return (rows(store) - before) / (time.process_time() - begun)


if __name__ == "__main__":
    for name in sys.argv[1:] or MOUNTS:
        print(f"{name:<10} {rows_per_second(name):>10,.0f} rows a second")
