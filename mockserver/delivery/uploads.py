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
