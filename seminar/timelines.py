"""Spells on a line of time, in rows under the names of people; waits; and counts that move in steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .style import GREY, INK, PAPER, PEOPLE, colour, maybe, rows


def height(table: pd.DataFrame) -> int:
    """The height in px that ``by_person`` needs for ``table``: a row an office, and one for each name."""
    return 120 + 19 * (len(table.drop_duplicates(["surname", "office"])) + table["surname"].nunique())


def by_person(fig: go.Figure, table: pd.DataFrame, people: Sequence[str], *, head: float = 0.6) -> None:
    """Draw the spells of ``table`` (as ``offices`` gives them) as bars: under each name a row an office.

    Dots run on where a spell is possible and not certain; an open diamond marks the last day on which a
    source shows a spell whose end is not known. The rows under a name tell people apart, not colour alone.
    ``head`` leaves room above the first row for words, in rows.
    """
    names: list[str] = []
    for person in people:
        own = table[table["surname"] == person]
        names += [f"<b>{person}</b>", *(f"{person}|{office}" for office in dict.fromkeys(own["office"]))]
        look = colour(person)
        bars: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
        dots: dict[str, list[Any]] = {"x": [], "y": []}
        doubt = (own["first"] < own["start"]) | (own["end"] < own["last"])
        for spell in own.assign(doubt=doubt).itertuples():
            row = [f"{person}|{spell.office}"] * 2 + [None]
            told = f"{person}: {spell.office}, {spell.start:%Y-%m-%d} to {spell.end:%Y-%m-%d}, {spell.then}"
            bars["x"] += [spell.start, spell.end, None]
            bars["y"] += row
            bars["text"] += [told] * 3
            if spell.doubt:
                dots["x"] += [spell.first, spell.last, None]
                dots["y"] += row
        if dots["x"]:
            maybe(fig, look, name=f"{person}, perhaps", **dots)
        fig.add_scatter(**bars, name=person, mode="lines", line={"color": look, "width": 9}, hoverinfo="text")
        seen = own[~own["ended"]]
        if len(seen):
            mark = {"symbol": "diamond", "size": 9, "color": PAPER, "line": {"width": 2, "color": look}}
            fig.add_scatter(x=seen["end"], y=person + "|" + seen["office"], name=f"{person}, last seen", mode="markers",
                            marker=mark, hoverinfo="text", text=person + ": " + seen["office"] + ", last seen "
                            + seen["end"].dt.strftime("%Y-%m-%d"))
    rows(fig, *names, room=110, head=head)
    fig.update_yaxes(tickvals=names, ticktext=[name.split("|")[-1] for name in names])


def steps(fig: go.Figure, counts: pd.Series, name: str, lift: float = 0) -> None:
    """Draw whole numbers over days as a line of steps; ``lift`` moves it up a hair, so that none hides another."""
    look = PEOPLE.get(name, {"color": GREY, "dash": "dot"})
    shape = {"color": look["color"], "dash": look["dash"], "width": 2.2, "shape": "hv"}
    told = [f"{name}: {n} ({day:%B %Y})" for day, n in counts.items()]
    fig.add_scatter(x=counts.index, y=counts + lift, name=name, mode="lines", line=shape, text=told, hoverinfo="text")


def waiting(fig: go.Figure, names: Iterable[str], start: Iterable[float], end: Iterable[float],
            years: Iterable[float], *, sure: Iterable[bool]) -> None:
    """Draw in the row of each of ``names`` a line from year ``start`` to ``end``, and the ``years`` between at its end.

    The end is a dot where it is ``sure``, and otherwise a ring.
    """
    there, ends = list(names), list(end)
    fig.add_scatter(x=[v for pair in zip(start, ends, strict=True) for v in (*pair, None)],
                    y=[v for name in there for v in (name, name, None)],
                    mode="lines", hoverinfo="skip", line={"color": GREY, "width": 2})
    dot = {"size": 9, "color": [INK if s else PAPER for s in sure], "line": {"width": 2, "color": INK}}
    fig.add_scatter(x=ends, y=there, name="End", mode="markers+text", marker=dot,
                    text=[f" {n:.0f}" for n in years], textposition="middle right")
