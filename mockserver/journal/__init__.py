"""The journal: what was asked of the mock and what it answered, recorded cheaply and told without secrets."""
