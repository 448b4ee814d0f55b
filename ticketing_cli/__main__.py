"""`ticketing`: the marketplace in the terminal."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Before anything else is imported: this answer costs no more than starting Python.
        from ticketing_cli import __version__

        print(f"ticketing {__version__}")  # noqa: T201  output.py would cost the start-up
        return
    from ticketing_cli.runtime.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
