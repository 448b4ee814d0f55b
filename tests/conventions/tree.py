"""The project's own files: those that git tracks or would track."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

TOP = Path(__file__).parents[2]
MADE = {"__pycache__", "build", "dist", "htmlcov"}


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the project, relative to its root, without what tools made."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.run(listed, cwd=TOP, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, or no git
        return tuple(sorted(path.relative_to(TOP) for path in TOP.rglob("*") if is_ours(path)))
    paths = (Path(name) for name in sorted(set(names.split("\0"))) if name)
    return tuple(path for path in paths if (TOP / path).is_file())


def is_ours(path: Path) -> bool:
    """Return whether a file is a source file, where git cannot tell."""
    parts = path.relative_to(TOP).parts
    hidden = parts[0].startswith(".") and parts[0] != ".ci"
    return path.is_file() and not hidden and not MADE.intersection(parts)


def text(path: Path) -> str:
    """Read a file of the project; bytes that are not UTF-8 are replaced."""
    return (TOP / path).read_text(encoding="utf-8", errors="replace")
