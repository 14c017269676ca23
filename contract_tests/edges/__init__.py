"""Edges: every limit that a contract states, and requests that stand exactly at it and one beyond."""
