"""The open-ended lane: its parts alone, and whole runs."""
