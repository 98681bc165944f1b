"""Backups: everything that a home holds, in one file, taken while people ask, and put back elsewhere."""
