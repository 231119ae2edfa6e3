"""Who sat where: the party's bodies on any day from August 1917 to the end of 1929."""

import difflib
import re
from datetime import date
from itertools import combinations, pairwise
from typing import Any

import pandas as pd

from .tables import load

LAST = pd.Timestamp(1929, 12, 31)
TENTH_CONGRESS = pd.Timestamp(1921, 3, 8)


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


def spells(body: str, since: str = "1919-03-25", until: str = "1927-12-31") -> pd.DataFrame:
    """The spells of ``body`` between two days, cut at those days: one row a spell, oldest first.

    Columns: ``person``, ``name``, ``surname``, ``role``, ``votes`` (False for candidates), ``start``
    and ``end`` (the earliest and the latest day the spell may have run), ``sure_start`` and ``sure_end``
    (the days between which it certainly ran; none where the first is not before the second) and ``weak``
    (True where every source of the row is Wikipedia or archontology.org). Raises ValueError as ``sitting`` does.
    """
    found = load("memberships")
    _known("body", body, sorted(found["body"].unique()))
    low, high = _day(since), _day(until)
    found = found[found["body"] == body].merge(load("people")[["person", "name"]], on="person")
    frame = found[["person", "name"]].assign(
        surname=found["name"].str.split().str[-1],
        role=found["role"].astype(str),
        votes=~found["role"].astype(str).str.startswith("candidate"),
        start=found["start_start"].mask(found["start_start"] < low, low),
        end=found["end_end"].mask(~(found["end_end"] < high), high),  # no end: it ran on
        sure_start=found["start_end"].mask(found["start_end"] < low, low),
        sure_end=found["end_start"].mask(~(found["end_start"] < high), high),
        weak=[all_weak(keys) for keys in found["source"]],
    )
    frame = frame[frame["start"] < frame["end"]]
    return frame.sort_values(["start", "votes", "name"], ascending=[True, False, True], ignore_index=True)


def all_weak(keys: str) -> bool:
    """Whether all of these keys, with a blank between two, are Wikipedia or archontology.org."""
    return all(key == "archontology" or key.startswith("wikipedia-") for key in keys.split())


def at_once(bodies: list[str], since: str = "1919-03-25", until: str = "1927-12-31") -> pd.DataFrame:
    """When one person sat in all of ``bodies`` at once: one row an unbroken stretch.

    Columns: ``person``, ``name``, ``surname``, ``start``, ``end``, ``sure_start`` and ``sure_end`` (as ``spells``
    says), ``votes`` (a vote in each of them) and ``weak`` (one of the seats is weakly sourced).
    """
    facts = ["start", "end", "sure_start", "sure_end", "votes", "weak"]
    columns = ["person", "name", "surname", *facts]
    frame = spells(bodies[0], since, until)[columns]
    for body in bodies[1:]:
        other = spells(body, since, until)[["person", *facts]]
        frame = frame.merge(other, on="person", suffixes=("", "_here"))
        for start, end in (("start", "end"), ("sure_start", "sure_end")):
            frame[start] = frame[[start, f"{start}_here"]].max(axis=1)
            frame[end] = frame[[end, f"{end}_here"]].min(axis=1)
        frame["votes"] &= frame["votes_here"]
        frame["weak"] |= frame["weak_here"]
        frame = frame.loc[frame["start"] < frame["end"], columns]
    return frame.sort_values(["start", "name"], ignore_index=True)


def leadership(bodies: list[str], since: str = "1919-01-01", until: str = "1923-12-31",
               votes_only: bool = False) -> pd.DataFrame:
    """Everybody who sat in one of ``bodies`` between two days: one row a person, the longest in the party first.

    Columns: ``person``, ``name``, ``surname``; ``born``, ``died``, ``joined`` and ``fate`` (text, as in the
    table people); ``since`` (the year of joining, with the month as a fraction where it is known); ``age``
    (whole years on 8 March 1921, when the Tenth Congress opened; missing for the dead, and one too many
    or too few where only the year of birth is known); ``last`` (the year of death); ``bodies`` (text).
    ``votes_only`` leaves out seats without a vote. Raises ValueError as ``sitting`` does.
    """
    seats = pd.concat([spells(body, since, until).assign(body=body) for body in bodies])
    seats = seats[seats["votes"] | (not votes_only)]
    sat = seats.groupby("person", sort=False)["body"].agg(lambda found: ", ".join(dict.fromkeys(found)))
    frame = load("people").merge(sat.rename("bodies"), left_on="person", right_index=True)
    begun, born = frame["joined_start"], frame["born_start"] + (frame["born_end"] - frame["born_start"]) / 2
    alive = ~(frame["died_end"] < TENTH_CONGRESS)
    frame = frame.assign(
        surname=frame["name"].str.split().str[-1],
        since=begun.dt.year + (begun.dt.month - 1) / 12,
        age=((TENTH_CONGRESS - born).dt.days // 365.25).where(alive),
        last=frame["died_start"].dt.year,
    ).sort_values(["joined_start", "born_start"], ignore_index=True)
    columns = ["person", "name", "surname", "born", "died", "joined", "since", "age", "last", "fate", "bodies"]
    return frame[columns]


def turnover(body: str) -> pd.DataFrame:
    """Seats with a vote in ``body`` after each congress, against the congress before: one row a congress.

    Columns: ``date`` of the election, ``year`` of the congress, and how many ``stayed``, were ``new``
    and were ``gone``. Counted from the tables elections and compositions.
    """
    elections = load("elections")
    after = elections[(elections["body"] == body) & elections["occasion"].str.contains("Congress")]
    lists = load("compositions").merge(after[["election", "date"]], on="election")
    lists = lists[~lists["role"].astype(str).str.startswith("candidate")]
    sets = list(lists.groupby("date")["person"].agg(set).items())
    rows = [(when, "1925" if when == "1926-01-01" else str(when)[:4], len(new & old), len(new - old), len(old - new))
            for (_, old), (when, new) in pairwise(sets)]
    return pd.DataFrame(rows, columns=["date", "year", "stayed", "new", "gone"])


def coalitions(voters: list[str], together: list[str] | None = None,
               apart: list[str] | None = None) -> list[tuple[str, ...]]:
    """The smallest majorities among ``voters``: more than half of them, and nobody can leave without undoing that.

    All of ``together`` vote alike and leave together, so a majority holds all of them or none, and a
    bloc of more than half is one majority by itself. No two of ``apart`` stand in one majority.
    Names that are not among the voters do not count.
    """
    bloc = tuple(name for name in voters if name in (together or []))
    foes = set(apart or []) & set(voters)
    blocs = [bloc] * bool(bloc) + [(name,) for name in voters if name not in bloc]
    found = []
    for size in range(1, len(blocs) + 1):
        for parts in combinations(blocs, size):
            side = [name for part in parts for name in part]
            spare = len(side) - len(voters) // 2 - 1  # votes beyond what is needed
            if 0 <= spare < min(map(len, parts)) and len(foes & set(side)) < 2:
                found.append(tuple(name for name in voters if name in side))
    return sorted(found, key=lambda side: [voters.index(name) for name in side])


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
