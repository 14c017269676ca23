"""Tests of the provoked refusals."""
