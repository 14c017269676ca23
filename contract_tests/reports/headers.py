"""Headers: which of an exchange's belong into a report that is the same for two runs of one seed."""

from __future__ import annotations

from contract_tests.gate.exchange import Headers

#: Added by whatever sends, and of no account for what comes back.
_SENDERS = frozenset({"host", "content-length", "user-agent", "accept-encoding", "connection", "x-schemathesis-testcaseid"})
#: Of the moment, or of the server.
_MOMENTS = frozenset({"date", "server", "content-length", "connection", "age", "expires", "last-modified"})


def sent(headers: Headers) -> Headers:
    """What a request must carry to be the same."""
    plain = [(name, value) for name, value in headers if name.lower() not in _SENDERS]
    return [(name, value) for name, value in plain if (name.lower(), value) != ("accept", "*/*")]


def received(headers: Headers) -> Headers:
    """What a reply says besides its moment."""
    return [(name, value) for name, value in headers if name.lower() not in _MOMENTS]
