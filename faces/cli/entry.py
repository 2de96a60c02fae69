"""Where the `faces` command starts. Nothing that the `platform` extra brings is imported here, so that a `faces`
installed without it can say what to install.
"""

import sys
from importlib.util import find_spec

# The packages of the `platform` extra, under the names by which they are imported.
PLATFORM_EXTRA = (
    "click",
    "cryptography",
    "envoy",
    "jinja2",
    "jsonpath",
    "kubernetes",
    "locust",
    "matplotlib",
    "promql_parser",
    "re2",
    "rich",
    "segno",
    "uv",
    "yaml",
)


def main() -> None:
    """Run the command line. Exit with code 2 and one sentence if the extra is not installed."""
    missing = next((module for module in PLATFORM_EXTRA if find_spec(module) is None), None)
    if missing is not None:
        print(
            f"The command line needs more packages ({missing} is missing): run pip install 'faces[platform]'.",
            file=sys.stderr,
        )
        sys.exit(2)

    from faces.cli.main import main as run

    run()
