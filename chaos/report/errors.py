"""The one error of the report: its text is a sentence for the person."""

from seam.errors import UserError


class ReportError(UserError):
    """A report could not be read or written. The sentence names the file, what is wrong and the next step."""
