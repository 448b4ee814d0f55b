"""Columns: which column of a file is which, with every wrong name reported at once."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from client.spreadsheets.problems import BadFile

REQUIRED = (
    "show", "category", "venue", "city", "country", "starts_at", "section", "row", "seat", "price",
    "currency",
)  # fmt: skip
OPTIONAL = ("external_id", "barcode", "timezone")
#: What a column was called before.
FORMER = {"code": "barcode"}
#: Where the name of an unknown column is cut off in a message.
LONGEST_NAME = 40
#: Columns that may stand for another one: either all of them, or the one.
INSTEAD = {"starts_at": ("date", "time"), "seat": ("seat_from",)}
KNOWN = (*REQUIRED, *OPTIONAL, "date", "time", "quantity", "seat_from", "seat_to")


def name_key(name: str) -> str:
    """Return what names are compared by: `Starts At`, `starts-at` and `STARTS_AT` are one."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum())


COLUMN_OF = {**{name_key(name): name for name in KNOWN}, **FORMER}


@dataclass(frozen=True)
class Profile:
    """How to read somebody's files.

    `columns` names our column for one of theirs; other columns that we do not know are then
    ignored. `values` are for columns that the files do not have, `defaults` for columns that they
    may leave out.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)

    def for_missing(self, names: Sequence[str | None]) -> dict[str, str]:
        """Return the text for each column that a file with these columns does not have."""
        present = {*names}
        left_out = {
            name: text
            for name, text in self.defaults.items()
            if not present & {name, *INSTEAD.get(name, ())}
        }
        return {**left_out, **self.values}

    @property
    def mapped(self) -> dict[str, str]:
        """Our column by the key of theirs."""
        return {name_key(theirs): ours for theirs, ours in self.columns.items()}

    def is_known(self, name: str) -> bool:
        """Return whether a name in a header is one of our columns, or stands for one."""
        return name_key(name) in {*COLUMN_OF, *self.mapped}


@dataclass(frozen=True)
class Layout:
    """Our column at each position of a file, None where there is none.

    `ignored` are the names of columns that are not read; `nameless` the positions without a name.
    """

    names: tuple[str | None, ...]
    ignored: tuple[str, ...]
    nameless: tuple[int, ...]


def our_column(name: str) -> str:
    """Return our column of this name. Raise KeyError with the message for an unknown one."""
    if (found := COLUMN_OF.get(name_key(name))) is None:
        near = _near(name)
        raise KeyError(
            f"there is no column {name!r}" + (f"; did you mean {near!r}?" if near else "")
        )
    return found


def layout(header: Sequence[str], profile: Profile) -> Layout:
    """Find our columns in a header. Raise BadFile naming everything that is wrong with it."""
    mapped = profile.mapped
    names: list[str | None] = []
    ignored: list[str] = []
    unknown: list[str] = []
    for name in header:
        key = name_key(name)
        ours = mapped.get(key) or COLUMN_OF.get(key)
        if ours is not None and key not in mapped and ours in mapped.values():
            ours = None  # another column was named for it
        names.append(ours)
        if ours is None and name:
            (ignored if profile.columns else unknown).append(name[:LONGEST_NAME])
    errors = [*_unknown(unknown), *_absent(header, profile), *_repeated(names)]
    errors += [
        f"{name} is given twice: as a column and as --{name.replace('_', '-')}"
        for name in profile.values
        if name in names
    ]
    suggested = {_near(name) for name in unknown}
    errors += _missing([*names, *profile.for_missing(names), *suggested])
    if errors:
        raise BadFile("; ".join(errors))
    nameless = tuple(n for n, name in enumerate(header) if not name)
    return Layout(tuple(names), tuple(ignored), nameless)


def _unknown(names: Sequence[str]) -> list[str]:
    near = {name: _near(name) for name in names}
    if len(names) == 1:
        (name,) = names
        return [
            f"unknown column {name!r}" + (f"; did you mean {near[name]!r}?" if near[name] else "")
        ]
    described = [f"{n!r}" + (f" (did you mean {near[n]!r}?)" if near[n] else "") for n in names]
    return [f"unknown columns: {', '.join(described)}"] if names else []


def _absent(header: Sequence[str], profile: Profile) -> list[str]:
    """Name the columns of the profile that the file does not have."""
    present = {name_key(name) for name in header}
    absent = [theirs for theirs in profile.columns if name_key(theirs) not in present]
    names = ", ".join(repr(name) for name in header if name)
    return [f"there is no column {name!r} (the file has {names})" for name in absent]


def _repeated(names: Sequence[str | None]) -> list[str]:
    twice = dict.fromkeys(name for name in names if name and names.count(name) > 1)
    return [f"column {name!r} appears twice" for name in twice]


def _missing(present: Sequence[str | None]) -> list[str]:
    missing = []
    for name in REQUIRED:
        instead = INSTEAD.get(name, ())
        if name in present or (instead and set(instead) <= set(present)):
            continue
        partly = [other for other in instead if other not in present]
        missing += partly if len(partly) < len(instead) else [name]
    return [f"missing column{'s' * (len(missing) > 1)}: {', '.join(missing)}"] if missing else []


def _near(name: str) -> str | None:
    close = difflib.get_close_matches(name_key(name), COLUMN_OF, n=1)
    return COLUMN_OF[close[0]] if close else None
