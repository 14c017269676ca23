"""Understudy's mock server: five messaging APIs played from their contracts, with state."""
