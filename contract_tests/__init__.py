"""Contract tests: what an API promises, proven on the wire, against the mock or any deployment."""
