"""``python -m mockserver``: the same as ``understudy``."""

from mockserver.cli import main

main(prog_name="understudy")
