"""Checks of what every platform has. One check, one file; each is a pure function."""
