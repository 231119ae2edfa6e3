"""Lenin's outbox of one half-year: who was written to, on which day; a calendar of days; a table of two sides."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .style import GREY, INK, PAPER, RED, RULE, rows
from .tables import load

FIRST, LAST = pd.Timestamp(1922, 9, 1), pd.Timestamp(1923, 3, 10)
#: The subject groups of the table, in words that fit a title.
SUBJECTS = {
    "union": "the union", "caucasus": "money for the Caucasus", "trade": "foreign trade", "concessions": "concessions",
    "economy": "the economy", "offices": "the offices", "abroad": "affairs abroad", "party": "the party",
    "personal": "persons", "greetings": "greetings",
}  # fmt: skip


def outbox() -> pd.DataFrame:
    """The table outbox, oldest first, with five columns more.

    ``day`` is the day on which something was sent, missing where the edition gives an interval; ``month`` ("Sep", ...)
    is that of the last day on which it can have been; ``label`` names the last day ("26 Sep"); ``who`` names those
    addressed as a sentence would; ``says`` is what a pointer is told.
    """
    table = load("outbox")
    first, last = table["date_start"], table["date_end"]
    table = table.assign(
        day=last.where(first == last),
        month=last.dt.strftime("%b"),
        label=last.dt.day.astype(str) + last.dt.strftime(" %b"),
        who=(who := table["to"].str.replace(";", ", ")),
        says=table["date"] + ", to " + who + "<br>" + table["subject"],
    )
    return table.sort_values(["date_end", "item"], ignore_index=True)


def received(table: pd.DataFrame, *, copies: bool = False, bodies: bool = False) -> pd.DataFrame:
    """One row for each thing sent and each person it went to, with ``person`` and ``copy`` beside its columns.

    With ``copies`` those who got a copy count too (``copy`` is then True); with ``bodies`` so does what is written
    in small letters, such as a congress.
    """
    parts = [table.assign(person=table["to"].str.split(";"), copy=False)]
    if copies:
        some = table[table["copies"].notna()]
        parts.append(some.assign(person=some["copies"].str.split(";"), copy=True))
    found = pd.concat(parts).explode("person")
    named = found["person"].str[0].str.isupper() & (found["person"] != "Secretaries")
    named &= ~found["person"].str.contains("Politburo|Committee|Presidium|executive|Deputies")
    return (found if bodies else found[named]).sort_values(["date_end", "item", "copy"], ignore_index=True)


def ranked(people: pd.Series) -> pd.Series:
    """How often each name stands in ``people``, most often first; those with one number by name."""
    counts = people.value_counts().rename_axis("person").reset_index(name="n")
    return counts.sort_values(["n", "person"], ascending=[False, True]).set_index("person")["n"]


def silence(days: Iterable[pd.Timestamp]) -> tuple[int, pd.Timestamp, pd.Timestamp]:
    """The longest run of days without one of ``days``, and its first and last day.

    Only runs between two of ``days`` count: what lies before the first and after the last is outside the table.
    With fewer than two different days there is no such run; the answer is then 0 and the days that there are.
    """
    known = sorted(set(days))
    if len(known) < 2:
        return 0, known[0] if known else FIRST, known[-1] if known else LAST
    one = pd.Timedelta(days=1)
    before, after = max(pairwise(known), key=lambda pair: pair[1] - pair[0])
    return (after - before).days - 1, before + one, after - one


def calendar(fig: go.Figure) -> None:
    """Let months run from top to bottom and their days from left to right, with a thin line as long as each month."""
    every = pd.date_range(FIRST, LAST)
    months = every.to_series().groupby(_month(every), sort=False).agg(["min", "max"])
    for month, first, last in months.itertuples():
        fig.add_scatter(x=[first.day, last.day], y=[month, month], mode="lines", hoverinfo="skip",
                        line={"width": 1, "color": RULE})
    rows(fig, *months.index, room=72, head=0.8)
    fig.update_xaxes(range=[0.3, 31.7], tickvals=[1, 5, 10, 15, 20, 25, 30])


def squares(fig: go.Figure, table: pd.DataFrame, name: str, color: str = INK, *, ring: bool = False) -> None:
    """Draw a square for each day of ``table``, or a ring for each day that a row of it spans.

    Rows without a day are left out of the squares. A pointer is told all that happened on a day.
    """
    if ring:
        ends = zip(table["date_start"], table["date_end"], strict=True)
        spans = pd.Series([list(pd.date_range(start, end)) for start, end in ends], index=table.index, dtype=object)
        table = table.assign(day=spans).explode("day")
    told = table.dropna(subset=["day"]).groupby("day")["says"].agg("<br>".join)
    when = pd.DatetimeIndex(told.index)
    look: dict[str, Any] = {"symbol": "square", "size": 6.5, "color": color}
    if ring:
        look = {"symbol": "circle", "size": 6, "color": PAPER, "line": {"width": 2, "color": color}}
    fig.add_scatter(x=when.day, y=_month(when), name=name, mode="markers", marker=look, hovertext=list(told),
                    hoverinfo="text")


def note(fig: go.Figure, day: str, text: str) -> None:
    """Write a few words over one day of the calendar; they are left out of the drawing for phones."""
    when = pd.Timestamp(day)
    fig.add_annotation(x=when.day, y=_month(pd.DatetimeIndex([when]))[0], text=text, yshift=16, font={"color": GREY},
                       name="wide", xanchor="left", xshift=-5)


def numbers(fig: go.Figure, counts: pd.DataFrame, red: pd.DataFrame) -> None:
    """Squares with numbers: a row a person, a column a month; red where ``red`` has a number too, else grey.

    Both frames have a row a person and a column a month, in the same order.
    """
    every: dict[Any, dict[Any, int]] = counts.T.to_dict()
    some: dict[Any, dict[Any, int]] = red.T.to_dict()
    for color, wanted in ((GREY, False), (RED, True)):
        cells = [(person, month, n) for person, row in every.items() for month, n in row.items()
                 if n and bool(some[person][month]) == wanted]
        if not cells:
            continue
        people, months, values = zip(*cells, strict=True)
        fig.add_scatter(x=months, y=people, text=[str(v) for v in values], mode="markers+text", name="Letters",
                        textfont={"color": PAPER}, marker={"symbol": "square", "size": 22, "color": color},
                        hovertext=[f"{p}, {m}: {v}" for p, m, v in cells], hoverinfo="text")


def sides(fig: go.Figure, found: pd.DataFrame) -> None:
    """A table of two sides: a column a letter, a row a person; filled for those addressed, open for a copy."""
    for copy, part in found.groupby("copy"):
        fig.add_scatter(x=part["column"], y=part["person"], name="Copy" if copy else "To", mode="markers",
                        marker={"symbol": "square", "size": 14, "color": PAPER if copy else RED,
                                "line": {"width": 2, "color": RED}},
                        hovertext=part["says"], hoverinfo="text")


def _month(days: pd.DatetimeIndex) -> list[str]:
    return list(days.strftime("%b %Y"))
