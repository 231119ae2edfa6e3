"""Figures of codes: squares on a grid, a triangle of pairs, a row moved by a change, a heap of deals."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from .style import BLUE, GREY, INK, PAPER, RED, RULE, rows, table

SQUARE = 20  # px


def squares(fig: go.Figure, x: Iterable[Any], y: Iterable[Any], numbers: Iterable[int] | None = None, *,
            doubtful: Iterable[bool] | None = None, signed: bool = True, size: int = SQUARE,
            tell: Iterable[str] = ()) -> None:
    """Draw one square for each ``x`` and ``y``, with its number in it; an outline if doubtful.

    A signed number is blue above nought, red below it and grey at nought; squares without
    a number, or with ``signed`` false, are all blue. ``tell`` says of each square what it stands for.
    """
    xs, ys = list(x), list(y)
    values = list(numbers) if numbers is not None else []
    open_ = [bool(d) for d in doubtful] if doubtful is not None else [False] * len(xs)
    colours = [_colour(v) for v in values] if values and signed else [BLUE] * len(xs)
    fig.add_scatter(
        x=xs, y=ys, mode="markers+text" if values else "markers", name="Code", **_hover(tell),
        text=[_signed(v) if signed else str(v) for v in values] or None,
        textfont={"color": [c if o else PAPER for c, o in zip(colours, open_, strict=True)]},
        marker={"symbol": "square", "size": size, "line": {"color": colours, "width": 2},
                "color": [PAPER if o else c for c, o in zip(colours, open_, strict=True)]})


def _hover(sentences: Iterable[str]) -> dict[str, Any]:
    """What the mouse finds on each mark; without sentences, what plotly says by itself."""
    texts = list(sentences)
    return {"hoverinfo": "text", "hovertext": texts} if texts else {}


def _colour(value: float) -> str:
    return BLUE if value > 0 else RED if value < 0 else GREY


def _signed(value: int) -> str:
    return f"{value:+d}".replace("-", "−") if value else "0"


def columns(fig: go.Figure, *names: str, words: Sequence[str] = ()) -> None:
    """Write the names of the columns 0, 1, 2, ... above the first row of ``style.rows``.

    ``words`` stand below the names where there is room, and not on a phone.
    """
    for i, name in enumerate(names):
        fig.add_annotation(text=name, x=i, y=-0.55, yanchor="bottom", yshift=17 if words else 0, font={"color": GREY})
    for i, word in enumerate(words):
        fig.add_annotation(text=word, x=i, y=-0.55, yanchor="bottom", font={"color": GREY}, name="wide")
    fig.update_xaxes(visible=False, range=[-0.5, len(names) - 0.5])


def groups(fig: go.Figure, each: Iterable[str]) -> None:
    """Rule off runs of rows that share a name, and write it at the right."""
    names = [str(name) for name in each]
    starts = [i for i, name in enumerate(names) if not i or name != names[i - 1]]
    for i in starts:
        if i:
            fig.add_shape(type="line", xref="x domain", x0=0, x1=1, y0=i - 0.5, y1=i - 0.5, layer="below",
                          line={"color": RULE, "width": 1})
        fig.add_annotation(text=names[i], xref="x domain", x=1, xanchor="left", xshift=8, y=i, font={"color": GREY})
    fig.update_layout(margin={"r": 100})


def crossing(fig: go.Figure, pairs: Sequence[tuple[int, int]], first: str, second: str) -> None:
    """Count pairs of codes from -2 to 2 on a grid, with the line on which both are the same, and in a table."""
    fig.add_scatter(x=[-2, 2], y=[-2, 2], mode="lines", line={"color": RULE, "dash": "dot"}, hoverinfo="skip")
    counts = sorted(Counter(pairs).items())
    shown = pd.DataFrame([(_signed(a), _signed(b), n) for (a, b), n in counts], columns=[first, second, "Summaries"])
    squares(fig, [a for (a, _), _ in counts], [b for (_, b), _ in counts], [n for _, n in counts], signed=False,
            tell=[f"{first} {a}, {second.lower()} {b}: summaries {n}" for a, b, n in shown.itertuples(index=False)])
    table(fig, shown)
    codes = range(-2, 3)
    ticks = {"range": [-2.6, 2.6], "tickvals": list(codes), "ticktext": [_signed(code) for code in codes]}
    fig.update_layout(xaxis={"title": first, **ticks}, yaxis={"title": second, **ticks})


def triangle(fig: go.Figure, names: Sequence[str], a: Iterable[str], b: Iterable[str],
             agreement: Iterable[float], shared: Iterable[int]) -> None:
    """Draw the agreement of each two of ``names`` as a square below the slanting edge of names.

    Filled and blue from three quarters, outlined and red to a quarter, pale between, so that the
    three differ without colour too. The square holds ``shared``, how much the agreement rests on.
    """
    place = {name: i for i, name in enumerate(names)}
    pairs = list(zip(a, b, agreement, shared, strict=True))
    spots = [sorted((place[one], place[other])) for one, other, *_ in pairs]
    looks = [(BLUE, BLUE, PAPER) if v >= 0.75 else (PAPER, RED, RED) if v <= 0.25 else (RULE, RULE, INK)
             for _, _, v, _ in pairs]
    inside, edge, words = zip(*looks, strict=True) if looks else ((), (), ())
    fig.add_scatter(
        x=[i for i, _ in spots], y=[j for _, j in spots], name="Agreement", text=[str(n) for *_, n in pairs],
        mode="markers+text", textfont={"color": words},
        **_hover(f"{one} – {other}: {v:.2f} on {n} question{'s' if n > 1 else ''}" for one, other, v, n in pairs),
        marker={"symbol": "square", "size": SQUARE - 2, "color": inside, "line": {"width": 2, "color": edge}})
    for i, name in enumerate(names):
        fig.add_annotation(text=name, x=i, y=i, xanchor="left", xshift=-SQUARE // 2)
    fig.update_xaxes(visible=False, range=[-0.6, len(names) - 0.4])
    fig.update_yaxes(visible=False, range=[len(names) - 0.4, -0.6])
    fig.update_layout(margin={"l": 12, "r": 104}, height=max(430, 120 + 22 * len(names)))


def shift(fig: go.Figure, names: Sequence[str], before: Iterable[float], after: Iterable[float],
          counts: Iterable[int]) -> None:
    """Draw how each of ``names`` moves from ``before`` (grey ring) to ``after`` (red dot), from 0 to 1.

    At the right of each row stands its count, what the value rests on. The table below the figure
    has the values to two decimals.
    """
    old, new = list(before), list(after)
    for name, x0, x1 in zip(names, old, new, strict=True):
        if x0 != x1:
            fig.add_scatter(x=[x0, x1], y=[name, name], mode="lines", hoverinfo="skip",
                            line={"color": RULE, "width": 2})
    fig.add_scatter(x=old, y=list(names), name="Before", mode="markers",
                    hovertemplate="%{y}, before: %{x:.2f}<extra></extra>",
                    marker={"size": 13, "color": PAPER, "line": {"color": GREY, "width": 2}})
    fig.add_scatter(x=new, y=list(names), name="After", mode="markers", marker={"size": 7, "color": RED},
                    hovertemplate="%{y}, after: %{x:.2f}<extra></extra>")
    for name, count in zip(names, counts, strict=True):
        fig.add_annotation(text=f"n = {count}", x=1.08, xanchor="left", y=name, font={"color": GREY})
    rows(fig, *names, room=112, head=0.8)
    fig.update_xaxes(range=[-0.04, 1.2], tickvals=[0, 0.25, 0.5, 0.75, 1])
    table(fig, pd.DataFrame({"Work": list(names), "Shared questions": list(counts),
                             "Before": [f"{v:.2f}" for v in old], "After": [f"{v:.2f}" for v in new]}))


def heap(fig: go.Figure, dealt: Iterable[float], real: float, text: str) -> None:
    """Count chance values in bars of whole points, with a red line where the ``real`` value stands, named ``text``.

    The table below the figure gives each bar, and ``real`` in the row in which it lies.
    """
    values = np.fromiter(dealt, float)
    low, high = min(values.min(), real), max(values.max(), real)
    width = next(w for w in (1, 2, 5, 10) if high - low <= 25 * w)
    edges = np.arange(math.floor(low / width) * width, high + width, width)
    heights, edges = np.histogram(values, bins=edges)
    bars = [f"{a:.0f} to {b:.0f}".replace("-", "−") for a, b in itertools.pairwise(edges)]
    value = f"{real:.1f}".replace("-", "−")
    fig.add_bar(x=(edges[1:] + edges[:-1]) / 2, y=heights, name="Random deals", marker_color=GREY,
                **_hover(f"{bar} points: {n} deals" for bar, n in zip(bars, heights, strict=True)))
    fig.add_scatter(x=[real, real], y=[0, heights.max()], name="Real", mode="lines", line={"color": RED, "width": 3},
                    **_hover([f"{text}: {value} points"] * 2))
    fig.add_annotation(text=text, x=real, y=heights.max(), yshift=12, font={"color": RED})
    here = min(int(np.searchsorted(edges, real, "right")) - 1, len(bars) - 1)
    table(fig, pd.DataFrame({"Difference, points": bars, "Random deals": heights,
                             text.capitalize(): [value if i == here else "" for i in range(len(bars))]}))
