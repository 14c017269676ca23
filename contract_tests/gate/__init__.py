"""The gate: one reverse proxy that every request of a run passes, whoever sends it."""
