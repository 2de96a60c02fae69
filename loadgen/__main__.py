"""`python -m loadgen`."""

import signal
import sys


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    # What is imported here takes a second on a busy machine, in which somebody may press Ctrl-C already.
    from loadgen import command  # noqa: PLC0415

    command.main()


if __name__ == "__main__":
    main()
