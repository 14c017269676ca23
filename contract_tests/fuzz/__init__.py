"""Fuzz: short programs of requests that go on for as long as they are let, and what they find."""
