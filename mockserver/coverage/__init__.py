"""Coverage of a run: which parts of the contracts a client exercised, and which it never did."""
