"""The log of this package: one JSON object a line, to the standard library's logger `platforms.kube`.

A library logs, and the program that uses it decides who reads it. Until a program adds a handler, nothing is written
anywhere: the null handler keeps warnings from `logging`'s last resort, which is standard error.
Debug: what happens in the ordinary course. Info: what was tried again. Warning: what somebody may have noticed.
"""

import logging

import structlog
from structlog.stdlib import BoundLogger

NAME = "platforms.kube"

logging.getLogger(NAME).addHandler(logging.NullHandler())

log: BoundLogger = structlog.wrap_logger(
    logging.getLogger(NAME),
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=BoundLogger,
)
