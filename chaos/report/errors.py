"""The one error of the report: its text is a sentence for the user."""


class ReportError(Exception):
    """The report could not be made or written. The sentence names what is wrong and the next step."""
