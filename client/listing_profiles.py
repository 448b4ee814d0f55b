"""Listing profiles: how to read the files of one source, from the settings and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from client.config import BadConfig, Config
from client.csv_listings import Profile
from client.spreadsheets.columns import our_column

#: The table of a profile that maps their columns to ours; its other keys are values.
COLUMNS = "columns"


def from_settings(config: Config, name: str) -> Profile:
    """Return the profile of this name. Raise BadConfig naming the file and the setting."""
    profiles = config.profiles
    if name not in profiles:
        known = f"the profiles are {', '.join(sorted(profiles))}" if profiles else "it has none"
        raise BadConfig(f"{config.path} has no profile {name!a}; {known}")
    where = f"{config.path}: profiles.{name}"
    table = profiles[name]
    if not isinstance(table, dict) or not isinstance(table.get(COLUMNS, {}), dict):
        raise BadConfig(f"{where} must be a table, and its {COLUMNS} too")
    columns, values = table.get(COLUMNS, {}), {k: v for k, v in table.items() if k != COLUMNS}
    for key, value in {**columns, **values}.items():
        if not isinstance(value, str):
            raise BadConfig(f"{where}: {key} must be a string in quotes")
    try:
        return Profile(
            columns={theirs: our_column(ours) for theirs, ours in columns.items()},
            values={our_column(ours): value for ours, value in values.items()},
        )
    except KeyError as error:
        raise BadConfig(f"{where}: {error.args[0]}") from None


def add(profile: Profile, maps: Iterable[str], values: Mapping[str, str]) -> Profile:
    """Return a profile with more columns, `Their Column=price`, and more values.

    Raise KeyError with the message for a column that is not ours.
    """
    columns = dict(profile.columns)
    for text in maps:
        theirs, equals, ours = text.rpartition("=")
        if not equals or not theirs.strip():
            raise KeyError(f"{text!r} must be written as 'Their Column=price'")
        columns[theirs.strip()] = our_column(ours)
    return Profile(columns=columns, values={**profile.values, **values})
