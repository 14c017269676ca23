"""Lies that the contract run must catch."""
