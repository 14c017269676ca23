"""Secret: where a credential comes from, so that no file and no page holds the credential itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.targets.target import TargetUnusable

#: In seconds; a password manager may ask its owner to touch a key.
PATIENCE = 60.0


@dataclass(frozen=True)
class Secret:
    """``place``: file and key, for people. Either ``env``, the name of a variable, or ``command``, a program with arguments."""

    place: str
    env: str | None = None
    command: tuple[str, ...] = ()

    def told(self) -> str:
        """Its name, never its value; of a command the program alone, since arguments have been secrets before."""
        return f"${self.env}" if self.env is not None else f"command {self.command[0]}"

    def read(self, patience: float = PATIENCE) -> str:
        """The credential. TargetUnusable if there is none."""
        found = self._from_the_environment() if self.env is not None else self._from_the_command(patience)
        if not found:
            raise TargetUnusable(f"{self.place}: {self.told()} gives an empty text; it must give the credential.")
        return found

    def _from_the_environment(self) -> str:
        try:
            return os.environ[self.env or ""].strip()
        except KeyError:
            raise TargetUnusable(f"{self.place}: the variable {self.env} is not set; set it to the credential.") from None

    def _from_the_command(self, patience: float) -> str:
        try:
            ended = subprocess.run(  # noqa: S603  (the user's own command, without a shell)
                self.command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=patience
            )
            said = ended.stdout.decode("utf-8").strip()
        except subprocess.TimeoutExpired:
            raise TargetUnusable(f"{self.place}: {self.told()} did not end within {patience:g} seconds.") from None
        except OSError as problem:
            raise TargetUnusable(f"{self.place}: {self.told()} cannot be run: {problem.strerror}.") from None
        except ValueError:
            raise TargetUnusable(f"{self.place}: {self.told()} wrote something that is no text.") from None
        if ended.returncode != 0:
            raise TargetUnusable(f"{self.place}: {self.told()} ended with status {ended.returncode}; run it by hand to see why.")
        return said


def revealed(said: Any) -> Any:
    """A copy with each secret read."""
    if isinstance(said, Secret):
        return said.read()
    return {key: revealed(value) for key, value in said.items()} if isinstance(said, Mapping) else said
