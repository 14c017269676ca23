"""Tests of what the contract tests know of tenants."""
