"""Files: uploaded media on disk, and those that go with their world in the store as well."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from mockserver.apis.bird.media import MediaUnknown
from mockserver.engine.sandbox import Transaction

#: In bytes: a larger file stays where it is when its sandbox is exported.
LARGEST_TO_GO = 1024 * 1024


def remember(tx: Transaction, media_id: str, path: str) -> None:
    """Keep the file that fills a place, if it is small."""
    if os.path.getsize(path) <= LARGEST_TO_GO:
        restore(tx, media_id, base64.b64encode(Path(path).read_bytes()).decode())


def restore(tx: Transaction, media_id: str, content: str) -> None:
    """Keep the file that fills a place, as ``content`` gave it."""
    tx.put("media content", media_id, "content", {"base64": content})


def content(tx: Transaction, media_id: str) -> str | None:
    """The file in base64; None if there is none, or if it does not go with its world."""
    found = tx.get("media content", media_id, "content")
    return str(found["base64"]) if found else None


def size_of(content: str) -> int | None:
    """How many bytes a file in base64 has; None if it is no base64."""
    try:
        return len(base64.b64decode(content, validate=True))
    except ValueError:
        return None


def lay_out(tx: Transaction, media_id: str, path: str) -> None:
    """See that the file lies at ``path``. MediaUnknown if it stayed behind in another sandbox."""
    known = content(tx, media_id)
    if known is not None:
        _write(Path(path), base64.b64decode(known))
    elif not os.path.exists(path):
        raise MediaUnknown


def _write(path: Path, raw: bytes) -> None:
    # Left alone where it is right: its age is a part of what is told of it.
    if not path.exists() or path.read_bytes() != raw:
        partial = path.with_suffix(".partial")
        partial.write_bytes(raw)
        partial.replace(path)
