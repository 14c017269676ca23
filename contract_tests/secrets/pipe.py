"""Pipe: another process's words on their way to the terminal, scrubbed and not held up."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from typing import BinaryIO, TextIO

from contract_tests.secrets.scrubber import Scrubber

#: So much of what was written is looked at again, for a secret that came in two pieces. In characters.
_CONTEXT = 256
_PIECE = 65536


class Pipe:
    """Writes whatever cannot be the beginning of a secret at once, be the line ended or not."""

    def __init__(self, scrubber: Scrubber, write: Callable[[str], object]) -> None:
        self._scrubber, self._write = scrubber, write
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before, self._pending = "", ""

    def feed(self, data: bytes) -> None:
        """Take the next piece, as it comes."""
        self._pending += self._decoder.decode(data)
        self._release(self._scrubber.begun(self._before + self._pending) - len(self._before))

    def close(self) -> None:
        """Nothing comes any more."""
        self._pending += self._decoder.decode(b"", final=True)
        self._release(len(self._pending))

    def _release(self, upto: int) -> None:
        if upto <= 0:
            return
        text = self._before + self._pending[:upto]
        self._write(self._scrubber.clean(text, after=len(self._before)))
        self._before, self._pending = text[-_CONTEXT:], self._pending[upto:]


def copy(source: BinaryIO, sink: TextIO, scrubber: Scrubber) -> None:
    """Everything that comes from ``source`` (a process's output) until it ends."""

    def write(text: str) -> None:
        sink.write(text)
        sink.flush()

    pipe = Pipe(scrubber, write)
    read = source.read1 if isinstance(source, io.BufferedReader) else source.read
    while piece := read(_PIECE):
        pipe.feed(piece)
    pipe.close()
