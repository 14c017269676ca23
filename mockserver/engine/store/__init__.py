"""The store: records, one transaction a request, every record addressed by its owner."""

from mockserver.engine.store.port import Contains, Job, OneOf, Record, Row, Span, Where
from mockserver.engine.store.sqlite import SqliteStore, StateUnusable, StoreTrouble

__all__ = ["Contains", "Job", "OneOf", "Record", "Row", "Span", "SqliteStore", "StateUnusable", "StoreTrouble", "Where"]
