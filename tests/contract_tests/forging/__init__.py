"""Tests of the forged credentials."""
