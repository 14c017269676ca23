"""The tests of the contract tests."""
