"""A wheel serves and tests outside the checkout as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the unpacked wheel, put before everything else that Python knows."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(folder / "lib"), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return folder / "lib"


def run(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.slow
def test_it_carries_contracts_and_worlds(installed: Path, tmp_path: Path) -> None:
    where = run(
        installed, tmp_path, "-c", "import mockserver, contract_tests; print(mockserver.__file__, contract_tests.__file__)"
    )
    assert where.stdout.count(str(installed)) == 2
    # Type checkers read the package's own types, pytest finds its plugin.
    assert (installed / "mockserver" / "py.typed").exists()
    (told,) = installed.glob("understudy-*.dist-info/entry_points.txt")
    assert "[pytest11]\nunderstudy = mockserver.testing.plugin" in told.read_text()
    path = run(installed, tmp_path, "-m", "mockserver", "specs", "path", "bird").stdout.strip()
    assert Path(path).is_relative_to(installed)
    assert run(installed, tmp_path, "-m", "mockserver", "specs", "check").returncode == 0


@pytest.mark.slow
def test_it_serves_and_tests(installed: Path, tmp_path: Path) -> None:
    tested = run(
        installed, tmp_path, "-m", "mockserver", "test", "restlink", "--part", "laws", "--report-dir", str(tmp_path / "r")
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert list((tmp_path / "r").glob("*.xml"))
