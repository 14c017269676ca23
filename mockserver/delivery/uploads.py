"""Uploads: the folder in which files that callers sent are kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from mockserver.exchange import UploadedFile


class UploadFolder:
    """Keeps files under names that the mock makes (never the caller's). Without a path: a folder that ends with the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._lasting = path
        self._folder: str | None = None

    @property
    def folder(self) -> str:
        """The folder, made when first needed."""
        if self._folder is None:
            if self._lasting:
                self._lasting.mkdir(parents=True, exist_ok=True)
            self._folder = str(self._lasting or tempfile.mkdtemp(prefix="understudy-"))
        return self._folder

    @property
    def is_made(self) -> bool:
        """Whether there may be files."""
        return self._folder is not None or (self._lasting is not None and self._lasting.is_dir())

    def below(self, name: str) -> UploadFolder:
        """The files of one sandbox, in a folder of its own."""
        return _Below(self, name)

    def keep(self, file: UploadedFile, name: str) -> None:
        """Keep the file as ``name``, in place of any earlier one."""
        os.replace(file.path, self.path(name))

    def path(self, name: str) -> str:
        """Where the file kept as ``name`` lies."""
        return os.path.join(self.folder, name)

    def close(self) -> None:
        """Remove a folder that was only for this process."""
        if self._folder and not self._lasting:
            shutil.rmtree(self._folder, ignore_errors=True)


class _Below(UploadFolder):
    """A folder in another, made when first needed; what is in it goes when it is closed."""

    def __init__(self, above: UploadFolder, name: str) -> None:
        super().__init__()
        self._above = above
        self._name = name

    @property
    def folder(self) -> str:
        """The folder."""
        path = os.path.join(self._above.folder, self._name)
        os.makedirs(path, exist_ok=True)
        return path

    def close(self) -> None:
        """Remove it with all that is in it."""
        if self._above.is_made:
            shutil.rmtree(os.path.join(self._above.folder, self._name), ignore_errors=True)
