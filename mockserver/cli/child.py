"""The child: a command that takes this process's place in everything but its end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, Self

from mockserver.cli.mistakes import complain

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_PASSED_ON = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
#: What a terminal sends to everybody in the foreground by itself.
_KEYS = [getattr(signal, name) for name in ("SIGINT", "SIGQUIT") if hasattr(signal, name)]
#: In seconds: how soon a signal is noticed by who waits for one.
_LOOK = 0.05
#: As shells have it: a command that is not there, one that cannot be run, and what is added to the number of a signal.
_UNKNOWN, _UNRUNNABLE, _SIGNALLED = 127, 126, 128


class Child:
    """Within its block signals are for the command; those that come before it starts keep it from starting."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in _PASSED_ON:
            # What this process was told to ignore (nohup) the command ignores, too.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._pass_on)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run it to its end; its status, as a shell tells it."""
        if self._early:
            return _SIGNALLED + self._early[0]
        try:
            self._process = subprocess.Popen(command, env=environment)  # noqa: S603  (what the user asked to run)
        except FileNotFoundError:
            complain(f"there is no command {command[0]!r}")
            return _UNKNOWN
        except (OSError, ValueError) as error:
            complain(f"{command[0]!r} cannot be run: {getattr(error, 'strerror', None) or error}")
            return _UNRUNNABLE
        for number in self._early:
            self._process.send_signal(number)
        status = self._process.wait()
        return status if status >= 0 else _SIGNALLED - status

    def wait_for_signal(self) -> int:
        """Run nothing, until a signal comes; 0."""
        while not self._early:
            time.sleep(_LOOK)
        return 0

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        elif number not in _KEYS or not _in_foreground():
            self._process.send_signal(number)


def _in_foreground() -> bool:
    """Whether the terminal sends the command the same keys."""
    for stream in (0, 1, 2):
        try:
            return os.tcgetpgrp(stream) == os.getpgrp()
        except OSError:
            continue
    return False
