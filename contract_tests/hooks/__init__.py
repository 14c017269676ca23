"""Hooks: what the harness must know of each sender of webhooks to receive them itself."""
