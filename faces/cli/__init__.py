"""The command line, `faces`. It starts in entry.py."""
