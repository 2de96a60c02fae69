"""What can go wrong between a person and a platform.

PlatformError
├── UserError          a sentence for the person; exit code 2
│   ├── ManifestError  names file, object and field
│   └── NotRunning     there is no run of that name
└── PlatformFailed     a part that should work did not: Envoy refused its configuration, ...; exit code 1
    └── RunEnded       somebody else took the run down while it was in use
"""


class PlatformError(Exception):
    """Its text is one sentence (or a few) that a person can act on."""


class UserError(PlatformError):
    pass


class ManifestError(UserError):
    def __init__(self, file: str, subject: str, field: str, message: str) -> None:
        self.file, self.subject, self.field, self.message = file, subject, field, message
        super().__init__(f"{file}: {subject}: {field}: {message}" if field else f"{file}: {subject}: {message}")


class NotRunning(UserError):  # noqa: N818 - a state of affairs, not a defect
    pass


class PlatformFailed(PlatformError):  # noqa: N818 - the platform's, not this program's
    pass


class RunEnded(PlatformFailed):
    pass
