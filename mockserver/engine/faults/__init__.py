"""Faults: rules by which calls go wrong on purpose, what they look at, when they act, how often they did."""
