"""Structured logs: one JSON object a line. Requests are debug, the life of a replica is info."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import FilteringBoundLogger


def make_log(level: str, stream: TextIO | None = None) -> FilteringBoundLogger:
    """A logger without global state: two replicas in one process may log differently."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )
    return log
