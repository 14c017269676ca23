"""Forging: credentials that look right and are not, by how they were made of a good one."""
