"""Tenants: whose an id is, how each actor gets in, and what the contract says to those who ask for what is not theirs."""
