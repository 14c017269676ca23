"""Provoking: for every "no" that a contract declares, a request that must meet it, or why there is none."""
