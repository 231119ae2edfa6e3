"""Figures of codes: squares on a grid, a triangle of pairs, a row moved by a change, a heap of deals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from .style import BLUE, GREY, INK, PAPER, RED, RULE, rows

SQUARE = 20  # px


def squares(fig: go.Figure, x: Iterable[Any], y: Iterable[Any], numbers: Iterable[int] | None = None, *,
            doubtful: Iterable[bool] | None = None, signed: bool = True, size: int = SQUARE) -> None:
    """Draw one square for each ``x`` and ``y``, with its number in it; an outline if doubtful.

    A signed number is blue above nought, red below it and grey at nought; squares without
    a number, or with ``signed`` false, are all blue.
    """
    xs, ys = list(x), list(y)
    values = list(numbers) if numbers is not None else []
    open_ = [bool(d) for d in doubtful] if doubtful is not None else [False] * len(xs)
    colours = [_colour(v) for v in values] if values and signed else [BLUE] * len(xs)
    fig.add_scatter(
        x=xs, y=ys, mode="markers+text" if values else "markers", name="Code",
        text=[_signed(v) if signed else str(v) for v in values] or None,
        textfont={"color": [c if o else PAPER for c, o in zip(colours, open_, strict=True)]},
        marker={"symbol": "square", "size": size, "line": {"color": colours, "width": 2},
                "color": [PAPER if o else c for c, o in zip(colours, open_, strict=True)]})


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
    """Rule off runs of rows that share a name, and write it at the right where there is room."""
    names = [str(name) for name in each]
    starts = [i for i, name in enumerate(names) if not i or name != names[i - 1]]
    for i in starts:
        if i:
            fig.add_shape(type="line", xref="x domain", x0=0, x1=1, y0=i - 0.5, y1=i - 0.5, layer="below",
                          line={"color": RULE, "width": 1})
        fig.add_annotation(text=names[i], xref="x domain", x=1, xanchor="left", xshift=8, y=i, font={"color": GREY},
                           name="wide")
    fig.update_layout(margin={"r": 100})


def crossing(fig: go.Figure, pairs: Sequence[tuple[int, int]], first: str, second: str) -> None:
    """Count pairs of codes from -2 to 2 on a grid, with the line on which both are the same."""
    fig.add_scatter(x=[-2, 2], y=[-2, 2], mode="lines", line={"color": RULE, "dash": "dot"}, hoverinfo="skip")
    counts = Counter(pairs)
    squares(fig, [a for a, _ in counts], [b for _, b in counts], list(counts.values()), signed=False)
    fig.update_xaxes(title=first, range=[-2.6, 2.6], dtick=1)
    fig.update_yaxes(title=second, range=[-2.6, 2.6], dtick=1)


def triangle(fig: go.Figure, names: Sequence[str], a: Iterable[str], b: Iterable[str],
             agreement: Iterable[float], shared: Iterable[int]) -> None:
    """Draw the agreement of each two of ``names`` as a square below the slanting edge of names.

    Filled and blue from three quarters, outlined and red to a quarter, pale between, so that the
    three differ without colour too. The square holds ``shared``, how much the agreement rests on.
    """
    place = {name: i for i, name in enumerate(names)}
    spots = [sorted((place[one], place[other])) for one, other in zip(a, b, strict=True)]
    looks = [(BLUE, BLUE, PAPER) if v >= 0.75 else (PAPER, RED, RED) if v <= 0.25 else (RULE, RULE, INK)
             for v in agreement]
    inside, edge, words = zip(*looks, strict=True) if looks else ((), (), ())
    size = max(9, min(SQUARE, 300 // len(names)))
    texts = [str(n) for n in shared] if size > 15 else None
    fig.add_scatter(
        x=[i for i, _ in spots], y=[j for _, j in spots], name="Agreement", text=texts,
        mode="markers+text" if texts else "markers", textfont={"color": words},
        marker={"symbol": "square", "size": size - 2, "color": inside, "line": {"width": 2, "color": edge}})
    for i, name in enumerate(names):
        fig.add_annotation(text=name, x=i, y=i, xanchor="left", xshift=-size // 2)
    fig.update_xaxes(visible=False, range=[-0.6, len(names) - 0.4])
    fig.update_yaxes(visible=False, range=[len(names) - 0.4, -0.6])
    fig.update_layout(margin={"l": 12, "r": 104})


def shift(fig: go.Figure, names: Sequence[str], before: Iterable[float], after: Iterable[float],
          counts: Iterable[int]) -> None:
    """Draw how each of ``names`` moves from ``before`` (grey ring) to ``after`` (red dot), from 0 to 1.

    At the right of each row stands its count, what the value rests on.
    """
    old, new = list(before), list(after)
    for name, x0, x1 in zip(names, old, new, strict=True):
        if x0 != x1:
            fig.add_scatter(x=[x0, x1], y=[name, name], mode="lines", hoverinfo="skip",
                            line={"color": RULE, "width": 2})
    fig.add_scatter(x=old, y=list(names), name="Before", mode="markers",
                    marker={"size": 13, "color": PAPER, "line": {"color": GREY, "width": 2}})
    fig.add_scatter(x=new, y=list(names), name="After", mode="markers", marker={"size": 7, "color": RED})
    for name, count in zip(names, counts, strict=True):
        fig.add_annotation(text=f"n = {count}", x=1.08, xanchor="left", y=name, font={"color": GREY})
    rows(fig, *names, room=112, head=0.8)
    fig.update_xaxes(range=[-0.04, 1.2], tickvals=[0, 0.25, 0.5, 0.75, 1])


def heap(fig: go.Figure, dealt: Iterable[float], real: float, text: str) -> None:
    """Count chance values in 24 bars, with a red line where the ``real`` value stands, named ``text``."""
    heights, edges = np.histogram(np.fromiter(dealt, float), bins=24)
    fig.add_bar(x=(edges[1:] + edges[:-1]) / 2, y=heights, name="Random deals", marker_color=GREY)
    fig.add_scatter(x=[real, real], y=[0, heights.max()], name="Real", mode="lines", line={"color": RED, "width": 3})
    fig.add_annotation(text=text, x=real, y=heights.max(), yshift=12, font={"color": RED})
