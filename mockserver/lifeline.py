"""The lifeline: a server that was started for another process tells it where it is, and ends when that process does."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import threading
import time
from pathlib import Path

#: In seconds, where the system cannot tell of an end by itself.
_BETWEEN_LOOKS = 0.5


def announce(path: Path, url: str) -> None:
    """Write ``{"url": …, "pid": …}`` of this process to a file, which is there whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(json.dumps({"url": url, "pid": os.getpid()}), "utf-8")
    draft.replace(path)


def hold(pid: int) -> None:
    """From now on this process gets a SIGTERM when process ``pid`` has ended, however it ended."""
    threading.Thread(target=_watch, args=(pid,), name="lifeline", daemon=True).start()


def _watch(pid: int) -> None:
    await_end(pid)
    os.kill(os.getpid(), signal.SIGTERM)


def await_end(pid: int, timeout: float | None = None) -> bool:
    """Wait until process ``pid``, which need not be a child, has ended; at most so many seconds. Whether it has."""
    if not hasattr(os, "pidfd_open"):
        return _look_for_end(pid, timeout)
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except OSError:
        return _look_for_end(pid, timeout)
    try:
        ended = select.poll()
        ended.register(process, select.POLLIN)
        return bool(ended.poll(None if timeout is None else timeout * 1000))
    finally:
        os.close(process)


def _look_for_end(pid: int, timeout: float | None) -> bool:
    until = None if timeout is None else time.monotonic() + timeout
    while _exists(pid):
        if until is not None and time.monotonic() >= until:
            return False
        time.sleep(_BETWEEN_LOOKS)
    return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True
