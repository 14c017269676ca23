"""The store on SQLite: in memory, or in a file that outlives the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from mockserver.engine.store.port import Contains, Facet, Job, Mould, OneOf, Record, Row, Span, Where

VERSION = 3

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    scope TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (scope, owner, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS record_by_seq ON record (scope, owner, seq);
CREATE TABLE IF NOT EXISTS facet (
    scope TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, value NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (scope, owner, name, value, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS facet_by_seq ON facet (scope, owner, seq, name, value);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, sandbox TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL,
    api TEXT NOT NULL, kind TEXT NOT NULL, chance TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS job_by_due ON job (sandbox, taken, due, number);
"""


_INSERT_FACET = "INSERT OR IGNORE INTO facet VALUES (?, ?, ?, ?, ?)"


#: The disk is full, or another process holds the file: what was to be done can be done later.
StoreTrouble = sqlite3.OperationalError


class StateUnusable(Exception):
    """The state file cannot be used; the message says why and what to do."""


class SqliteStore:
    """``path`` None keeps everything in memory. Synchronous: use it from one thread at a time."""

    def __init__(self, path: Path | None = None) -> None:
        """StateUnusable if the file is no state file, or was written by another version."""
        self._path = path
        try:
            self._connection = sqlite3.connect(
                path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256, timeout=5
            )
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise StateUnusable(f"{path} cannot be used as a state file: {error}. Name another path.") from error

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        # A file without a version is one that was just made.
        if version not in (0, VERSION):
            other = "a newer" if version > VERSION else "an earlier"
            raise StateUnusable(
                f"{self._path} was written by {other} version (format {version}, this one reads {VERSION}). Name another path, "
                "or go on with the version that wrote it."
            )
        if self._path is not None:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)
        # Whoever took them is gone: what was not finished is done again.
        self._connection.execute("UPDATE job SET taken = 0 WHERE taken = 1")
        self._connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Take the write lock at once, so that two writers queue instead of failing half-way."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            transaction = SqliteTransaction(connection)
            yield transaction
            transaction.finish()
            connection.execute("COMMIT")
        except BaseException:
            # A full disk undoes the transaction by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection; an in-memory store is gone with it."""
        self._connection.close()


class SqliteTransaction:
    """The verbs of the port, each one statement or a few."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany
        # The last place in each sandbox's order of insertion, written back once at the end.
        self._places: dict[str, int] = {}
        # Facets of new records, written together before anybody looks for them.
        self._facets: list[tuple[str | int, ...]] = []

    def get(self, scope: str, owner: str, id: str) -> Record | None:
        row = self._execute(
            "SELECT seq, body FROM record WHERE scope = ? AND owner = ? AND id = ?", (scope, owner, id)
        ).fetchone()
        return Record(id, row[0], orjson.loads(row[1])) if row else None

    def put(self, scope: str, owner: str, id: str, body: Mapping[str, Any], facets: Mapping[str, Facet]) -> None:
        sandbox = scope.partition("/")[0]
        place = self._place(sandbox) + 1
        (kept,) = self._execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope, owner, id) DO UPDATE SET body = excluded.body "
            "RETURNING seq",
            (scope, owner, id, place, orjson.dumps(body)),
        ).fetchone()
        if kept == place:
            self._places[sandbox] = place
        else:
            self._write_facets()
            self._execute("DELETE FROM facet WHERE scope = ? AND owner = ? AND seq = ?", (scope, owner, kept))
        if facets:
            self._facets += _facet_rows(scope, owner, kept, facets)

    def insert_many(self, scope: str, owner: str, rows: Iterable[Row]) -> None:
        sandbox = scope.partition("/")[0]
        before = self._place(sandbox)
        numbered = list(enumerate(rows, before + 1))
        self._places[sandbox] = before + len(numbered)
        self._executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            ((scope, owner, id, place, orjson.dumps(body)) for place, (id, body, _) in numbered),
        )
        self._facets += [row for place, (_, _, facets) in numbered for row in _facet_rows(scope, owner, place, facets)]
        self._write_facets()

    def _place(self, sandbox: str) -> int:
        if sandbox not in self._places:
            self._places[sandbox] = self.increment(f"{sandbox}/seq", 0)
        return self._places[sandbox]

    def _write_facets(self) -> None:
        if self._facets:
            self._executemany(_INSERT_FACET, self._facets)
            self._facets.clear()

    def finish(self) -> None:
        """Write what was kept back: facets, and how far each order of insertion has come."""
        self._write_facets()
        for sandbox, place in self._places.items():
            self._execute("REPLACE INTO counter VALUES (?, ?)", (f"{sandbox}/seq", place))

    def delete(self, scope: str, owner: str, id: str) -> bool:
        row = self._execute(
            "DELETE FROM record WHERE scope = ? AND owner = ? AND id = ? RETURNING seq", (scope, owner, id)
        ).fetchone()
        if row:
            self._write_facets()
            self._execute("DELETE FROM facet WHERE scope = ? AND owner = ? AND seq = ?", (scope, owner, row[0]))
        return bool(row)

    def find(
        self,
        scope: str,
        owner: str,
        where: Where,
        *,
        after: int | None = None,
        newest_first: bool = False,
        limit: int = -1,
        offset: int = 0,
    ) -> list[Record]:
        self._write_facets()
        tables, conditions, values = _conditions(scope, owner, where)
        if after is not None:
            conditions += " AND r.seq < ?" if newest_first else " AND r.seq > ?"
            values.append(after)
        order = "DESC" if newest_first else "ASC"
        rows = self._execute(
            f"SELECT r.id, r.seq, r.body FROM {tables} WHERE {conditions} ORDER BY r.seq {order} LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [Record(id, seq, orjson.loads(body)) for id, seq, body in rows]

    def count(self, scope: str, owner: str, where: Where) -> int:
        self._write_facets()
        tables, conditions, values = _conditions(scope, owner, where)
        (number,) = self._execute(f"SELECT count(*) FROM {tables} WHERE {conditions}", values).fetchone()
        return int(number)

    def increment(self, name: str, by: int) -> int:
        (value,) = self._execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
            (name, by),
        ).fetchone()
        return int(value)

    def clear(self, sandbox: str) -> None:
        self._write_facets()
        prefix = f"{sandbox}/"
        upper = prefix + "\U0010ffff"
        for table, column in (("record", "scope"), ("facet", "scope"), ("counter", "name")):
            self._execute(f"DELETE FROM {table} WHERE {column} >= ? AND {column} < ?", (prefix, upper))
        self._execute("DELETE FROM job WHERE sandbox = ?", (sandbox,))
        self._places.pop(sandbox, None)

    def mould(self, sandbox: str) -> Mould:
        self._write_facets()
        bounds = (len(sandbox) + 2, f"{sandbox}/", f"{sandbox}/\U0010ffff")
        read = "SELECT substr({0}, ?), {1} FROM {2} WHERE {0} >= ? AND {0} < ? ORDER BY 1"
        records = self._execute(read.format("scope", "owner, id, seq, body", "record"), bounds).fetchall()
        facets = self._execute(read.format("scope", "owner, name, value, seq", "facet"), bounds).fetchall()
        counters = self._execute(read.format("name", "value", "counter"), bounds).fetchall()
        jobs = self._execute(
            "SELECT number, due, api, kind, chance, body FROM job WHERE sandbox = ? ORDER BY number", (sandbox,)
        ).fetchall()
        return Mould(records, facets, [row for row in counters if row[0] != "seq"] + [("seq", self._place(sandbox))], jobs)

    def cast(self, sandbox: str, mould: Mould) -> dict[int, int]:
        below = f"{sandbox}/"
        self._executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", ((below + row[0], *row[1:]) for row in mould.records))
        self._executemany("INSERT INTO facet VALUES (?, ?, ?, ?, ?)", ((below + row[0], *row[1:]) for row in mould.facets))
        self._executemany("INSERT INTO counter VALUES (?, ?)", ((below + name, value) for name, value in mould.counters))
        self._places.pop(sandbox, None)
        return {row[0]: self._insert_job(sandbox, row[1:]) for row in mould.jobs}

    def schedule(self, sandbox: str, due: str, api: str, kind: str, chance: str, body: Mapping[str, Any]) -> int:
        return self._insert_job(sandbox, (due, api, kind, chance, orjson.dumps(body)))

    def _insert_job(self, sandbox: str, row: Sequence[str | bytes]) -> int:
        (number,) = self._execute(
            "INSERT INTO job (sandbox, due, api, kind, chance, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING number", (sandbox, *row)
        ).fetchone()
        return int(number)

    def first_job(self, sandbox: str) -> Job | None:
        row = self._execute(
            "SELECT number, due, api, kind, chance, body FROM job WHERE sandbox = ? AND taken = 0 ORDER BY due, number LIMIT 1",
            (sandbox,),
        ).fetchone()
        return _job(row) if row else None

    def jobs(self, sandbox: str, api: str) -> list[Job]:
        rows = self._execute(
            "SELECT number, due, api, kind, chance, body FROM job WHERE sandbox = ? AND api = ? ORDER BY due, number",
            (sandbox, api),
        )
        return [_job(row) for row in rows]

    def take_job(self, number: int) -> None:
        self._execute("UPDATE job SET taken = 1 WHERE number = ?", (number,))

    def has_job(self, number: int) -> bool:
        return self._execute("SELECT 1 FROM job WHERE number = ?", (number,)).fetchone() is not None

    def drop_job(self, number: int) -> bool:
        return bool(self._execute("DELETE FROM job WHERE number = ?", (number,)).rowcount)


def _job(row: Any) -> Job:
    return Job(row[0], row[1], row[2], row[3], row[4], orjson.loads(row[5]))


def _facet_rows(scope: str, owner: str, seq: int, facets: Mapping[str, Facet]) -> Iterator[tuple[str | int, ...]]:
    for name, value in facets.items():
        for single in (value,) if isinstance(value, str | int) else value:
            yield scope, owner, name, single, seq


def _conditions(scope: str, owner: str, where: Where) -> tuple[str, str, list[str | int]]:
    """Tables, conditions and values; the first exact facet leads the search, the others narrow it down."""
    tables, conditions, values = "record r", "r.scope = ? AND r.owner = ?", [scope, owner]
    bound: list[str | int] = [*values]
    leader = next((name for name, wanted in where.items() if isinstance(wanted, str | int)), None)
    for name, wanted in where.items():
        test, tested = _test(wanted)
        if name == leader:
            tables = "facet f CROSS JOIN record r ON r.scope = f.scope AND r.owner = f.owner AND r.seq = f.seq"
            conditions += f" AND f.scope = ? AND f.owner = ? AND f.name = ? AND {test.replace('value', 'f.value')}"
        else:
            conditions += (
                f" AND EXISTS (SELECT 1 FROM facet WHERE scope = ? AND owner = ? AND seq = r.seq AND name = ? AND {test})"
            )
        bound += [scope, owner, name, *tested]
    return tables, conditions, bound


def _test(wanted: str | int | Span | OneOf | Contains) -> tuple[str, list[str | int]]:
    if isinstance(wanted, Span):
        bounds = [(">=", wanted.start), ("<=", wanted.end)]
        given = [(sign, value) for sign, value in bounds if value is not None]
        return " AND ".join(f"value {sign} ?" for sign, _ in given) or "1", [value for _, value in given]
    if isinstance(wanted, OneOf):
        return f"value IN ({', '.join('?' * len(wanted.values))})", list(wanted.values)
    if isinstance(wanted, Contains):
        return "instr(lower(value), lower(?)) > 0", [wanted.text]
    return "value = ?", [wanted]
