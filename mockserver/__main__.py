"""``python -m mockserver``: the same as ``understudy``."""

from mockserver.cli import run

run()
