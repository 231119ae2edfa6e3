"""Who sat where: the party's bodies on any day from August 1917 to the end of 1929."""

import difflib
import re
from datetime import date
from typing import Any

import pandas as pd

from .tables import load

LAST = pd.Timestamp(1929, 12, 31)


def sitting(body: str, day: str | date, role: str | None = None) -> pd.DataFrame:
    """Who sat in ``body`` on ``day``, by role and then by start: one row a person.

    Columns: ``person``, ``name``, ``role``, ``start``, ``end`` (EDTF text, as in the table
    memberships) and ``certain``. The rule is ``start <= day and (end empty or day < end)``, so
    on the day of an election the new composition sat. Where a day of a start or an end is not
    known, ``certain`` is False as long as the spell may or may not have been running.

    ``day`` is one day: a date, or text such as "1922-12-24", New Style. ``role`` keeps one role
    of the table ("member", "candidate", "secretary", ...).

    Raises ValueError for a body or a role that is not in the table, for anything that is not one
    day, and for a day after 1929, where the table ends.
    """
    spells = load("memberships")
    _known("body", body, sorted(spells["body"].unique()))
    spells = spells[spells["body"] == body]
    if role is not None:
        _known("role", role, sorted(spells["role"].unique().astype(str)))
        spells = spells[spells["role"] == role]
    when = _day(day)
    still = spells["end_end"].isna()  # in place at the end of 1929, or ended on an unknown later day
    possible = (spells["start_start"] <= when) & (still | (when < spells["end_end"]))
    sure = (spells["start_end"] <= when) & (spells["end"].isna() | (when < spells["end_start"]))
    found = spells.assign(certain=sure, rank=spells["role"].astype("string").map(_RANK))[possible]
    found = found.merge(load("people")[["person", "name"]], on="person", validate="many_to_one")
    found = found.sort_values(["rank", "start_start", "name"], ignore_index=True)
    return found[["person", "name", "role", "start", "end", "certain"]]


_ROLES = ["general secretary", "responsible secretary", "secretary", "member", "candidate", "candidate secretary"]
_RANK = {role: rank for rank, role in enumerate(_ROLES)}


def _known(what: str, value: Any, allowed: list[str]) -> None:
    if value not in allowed:
        near = difflib.get_close_matches(str(value).lower(), allowed, n=1, cutoff=0.5)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        raise ValueError(f"There is no {what} called “{value}”.{hint} There are: {', '.join(allowed)}.")


def _day(day: str | date) -> pd.Timestamp:
    if isinstance(day, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise ValueError(f"“{day}” is not one day. Write it as year, month and day: 1922-12-24.")
    try:
        when = pd.Timestamp(day)
    except (TypeError, ValueError) as error:
        raise ValueError(f"“{day}” is not a day of the calendar.") from error
    if pd.isna(when):
        raise ValueError("Give a day, such as 1922-12-24.")
    when = when.normalize()
    if when > LAST:
        raise ValueError(f"The table ends with 1929; nothing is known here of {when:%Y-%m-%d}.")
    return when
