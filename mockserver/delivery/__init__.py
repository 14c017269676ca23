"""Delivery: what crosses the mock's border beside requests and replies."""
