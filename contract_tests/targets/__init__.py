"""Targets: what a run can be aimed at, as ``understudy.toml`` and ``--target`` name it, and what may be done to it."""
