"""The front door of everything: `faces`."""

from faces.cli.main import main

__all__ = ["main"]
