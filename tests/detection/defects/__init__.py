"""Defects: what the five deployments may get wrong, a table for each API."""
