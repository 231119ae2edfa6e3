"""The look of the book's figures: one palette, one template, direct labels.

A figure states its finding in its title and its measure and unit in the line below. Series
are named where they end, not in a legend. Colours are the book's own; the built page swaps
them for its light or dark theme, so a lab must use the constants below and no other colour.
"""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import repeat
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display
from plotly.subplots import make_subplots

from .listing import folded, in_jupyterlab, listing

PAPER = "rgb(251, 249, 244)"
INK = "rgb(31, 29, 26)"
RED = "rgb(163, 38, 42)"
BLUE = "rgb(59, 111, 148)"
GREY = "rgb(111, 106, 98)"
RULE = "rgb(201, 195, 184)"
FAINT = "rgb(236, 231, 221)"

#: The three principals keep one colour and one dash through the whole book.
PEOPLE: dict[str, dict[str, str]] = {
    "Lenin": {"color": INK, "dash": "solid"},
    "Trotsky": {"color": RED, "dash": "solid"},
    "Stalin": {"color": BLUE, "dash": "dash"},
}

#: The marker of a doubtful point.
RING: dict[str, Any] = {"size": 9, "color": PAPER, "line": {"color": INK, "width": 2}}

SERIF = "'Source Serif 4', Georgia, serif"
SANS = "'Source Sans 3', 'Helvetica Neue', Arial, sans-serif"
#: Size of every word in a drawing, in px; it must stay legible on a phone.
TEXT_SIZE = 13

_AXIS: dict[str, Any] = {
    "showgrid": False,
    "zeroline": False,
    "linecolor": GREY,
    "tickcolor": GREY,
    "ticks": "outside",
    "ticklen": 4,
    "title": {"standoff": 8},
    "exponentformat": "none",  # 100,000 and not a small raised 5
    "separatethousands": True,
}

pio.templates["seminar"] = go.layout.Template(
    layout={
        "font": {"family": SANS, "size": TEXT_SIZE, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "colorway": [INK, RED, BLUE, GREY],
        "title": {
            "font": {"family": SERIF, "size": 19},
            "subtitle": {"font": {"family": SANS, "size": 14, "color": GREY}},
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 12},
        },
        "margin": {"l": 52, "r": 24, "t": 76, "b": 44},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"font": {"family": SANS, "size": TEXT_SIZE}, "bgcolor": PAPER},
        "separators": ".,",
        "xaxis": _AXIS,
        "yaxis": {**_AXIS, "showline": False, "ticks": "", "showgrid": True, "gridcolor": FAINT},
        "annotationdefaults": {"showarrow": False, "font": {"size": TEXT_SIZE}},
        "shapedefaults": {"line": {"color": RULE, "width": 1}},
    },
    data={
        "scatter": [go.Scatter(line={"width": 2.2}, marker={"size": 7, "opacity": 1}, connectgaps=False)],
        "bar": [go.Bar(marker={"line": {"width": 0}})],
    },
)


def _show(fig: go.Figure) -> None:
    """Hand a figure to the notebook as data.

    plotly would do the same, but first spends more than a second on looking for other ways. A
    page of the book prints the table of a figure below it; JupyterLab gets it from here.
    """
    display({"application/vnd.plotly.v1+json": json.loads(fig.to_json())}, raw=True)
    table = (fig.layout.meta or {}).get("table")
    if table and in_jupyterlab():
        display(HTML(folded(listing(pd.DataFrame(table["rows"], columns=table["columns"]), "").data, "Data table")))


if (_shell := get_ipython()) and _shell.display_formatter:
    _shell.display_formatter.ipython_display_formatter.for_type(go.Figure, _show)


def figure(title: str, subtitle: str = "", *, height: int = 430, **layout: Any) -> go.Figure:
    """An empty figure in the book's style.

    ``title`` says what the figure shows; ``subtitle`` names measure and unit. ``height`` is in
    px at desk width (680 px). Any other plotly layout property may follow.
    """
    fig = go.Figure(layout={"template": "seminar", "height": height})
    fig.update_layout(title={"text": title, "subtitle": {"text": subtitle}}, **layout)
    return fig


def note(sentence: str, title: str = "Nothing to draw") -> go.Figure:
    """A figure that says in one sentence why there is nothing to draw."""
    fig = figure(title, height=160)
    fig.update_xaxes(visible=False).update_yaxes(visible=False)
    fig.add_annotation(text=sentence, xref="paper", yref="paper", x=0, y=0.5, xanchor="left", align="left")
    return fig


def panels(names: list[str], *, title: str, subtitle: str = "", cols: int = 2, height: int = 430) -> go.Figure:
    """Small multiples: one panel for each of ``names``, with the same scale up the side.

    Add a trace to panel ``i`` (from 0) with ``**style.at(i, cols)``. On a phone the panels stand
    one below the other.
    """
    rows = math.ceil(len(names) / cols)
    fig = make_subplots(rows=rows, cols=cols, shared_yaxes="all", horizontal_spacing=0.07, vertical_spacing=0.16)
    fig.update_layout(
        template="seminar",
        height=height,
        title={"text": title, "subtitle": {"text": subtitle}},
        meta={"panels": len(names)},
        margin={"t": 100},
    )
    for i, name in enumerate(names):
        axis = str(i + 1) if i else ""
        fig.add_annotation(
            text=f"<b>{name}</b>",
            xref=f"x{axis} domain",
            yref=f"y{axis} domain",
            x=0,
            y=1,
            xanchor="left",
            yanchor="bottom",
            yshift=4,
        )
    for spare in range(len(names), rows * cols):
        fig.update_layout({f"xaxis{spare + 1}": {"visible": False}, f"yaxis{spare + 1}": {"visible": False}})
    return fig


def at(panel: int, cols: int = 2) -> dict[str, Any]:
    """The ``row`` and ``col`` of a panel counted from 0, for plotly's ``add_...`` calls."""
    return {"row": panel // cols + 1, "col": panel % cols + 1}


def line(
    fig: go.Figure,
    x: Iterable[Any],
    y: Iterable[float],
    name: str,
    color: str = INK,
    *,
    dash: str = "solid",
    width: float = 2.2,
    breaks: Iterable[Any] = (),
    step: Any = None,
    doubtful: Iterable[bool] | None = None,
    source: str = "",
    **where: int,
) -> None:
    """Draw one named series in which gaps stay gaps.

    The line is cut where two neighbouring ``x`` lie more than ``step`` apart (by default one, for
    years written as numbers; other kinds of ``x`` are not cut) and at each of ``breaks``
    (an ``x`` value: the line is not drawn across it). Points for which ``doubtful``
    is true become open rings. Nothing is drawn for an empty series. A pointer resting on a point
    is told its name, ``x`` and value, and the ``source``. ``where`` takes ``row`` and ``col`` of a panel.
    """
    marks = list(doubtful) if doubtful is not None else []
    points = sorted(p for p in zip(x, y, marks or _never(), strict=False) if not pd.isna(p[1]))
    xs: list[Any] = []
    ys: list[float | None] = []
    rings: list[bool] = []
    if step is None and all(isinstance(p[0], numbers.Real) for p in points):
        step = 1
    for i, (when, value, ring) in enumerate(points):
        before = points[i - 1][0]
        if i and ((step is not None and when - before > step) or any(before < b < when for b in breaks)):
            xs.append(before)
            ys.append(None)
            rings.append(False)
        xs.append(when)
        ys.append(float(value))
        rings.append(bool(ring))
    # A point with a gap on both sides has no line to show it: it gets a dot.
    alone = [
        y is not None and (i == 0 or ys[i - 1] is None) and (i == len(ys) - 1 or ys[i + 1] is None)
        for i, y in enumerate(ys)
    ]
    if points:
        shape = {
            "color": color,
            "size": [8 if r else 6 if a else 0 for r, a in zip(rings, alone, strict=True)],
            "symbol": ["circle-open" if r else "circle" for r in rings],
            "line": {"width": [2 if r else 0 for r in rings], "color": color},
        }
        dotted = any(rings) or any(alone)
        fig.add_scatter(
            x=xs,
            y=ys,
            name=name,
            mode="lines+markers" if dotted else "lines",
            line={"color": color, "width": width, "dash": dash},
            marker=shape if dotted else None,
            hovertemplate=f"{name}, %{{x}}: %{{y:,.1~f}}{source and '<br>' + source}<extra></extra>",
            **where,
        )


def lines(
    fig: go.Figure,
    frame: pd.DataFrame,
    show: Iterable[str] | None = None,
    *,
    breaks: Iterable[Any] = (),
    sources: Mapping[str, str] | None = None,
) -> None:
    """Draw the columns of ``frame`` as lines over its index, each with a look of its own.

    A column keeps its look when others are left out by ``show``. The axis starts at nothing.
    ``sources`` names the source of a column.
    """
    looks = [(INK, "solid"), (RED, "solid"), (BLUE, "solid"), (GREY, "solid"), (GREY, "dash"), (INK, "dot")]
    chosen = list(frame.columns if show is None else show)
    for name, (color, dash) in zip(frame.columns, looks, strict=False):
        if name in chosen:
            source = (sources or {}).get(name, "")
            line(fig, frame.index, frame[name], name, color, dash=dash, breaks=breaks, source=source)
    fig.update_yaxes(range=[0, 1.06 * max(frame[chosen].max())])


def guesses(
    fig: go.Figure, when: Any, values: Mapping[str, float | None], answers: Mapping[str, float] | None = None
) -> None:
    """Mark what the reader guessed for the time ``when``; a guess of None is not drawn.

    The subtitle then sets each guess beside its number in ``answers``. Words that would overlap
    are moved apart. Call it after the axis has its range.
    """
    made = sorted(((guess, name) for name, guess in values.items() if guess is not None), key=lambda one: one[0])
    if not made:
        return
    top = 1.06 * made[-1][0]
    if fig.layout.yaxis.range:
        fig.update_yaxes(range=[0, max(fig.layout.yaxis.range[1], top)])
    low, high = fig.layout.yaxis.range or (0, top or 1)
    cross = {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": INK}}
    heights = [guess for guess, _ in made]
    fig.add_scatter(x=[when] * len(made), y=heights, mode="markers", hoverinfo="skip", marker=cross)
    per_px = _per_px(fig, low, high)
    spots = _apart(heights, per_px)
    lift = max(0, low + 8 * per_px - spots[0])  # no word stands below the axis
    for (guess, name), spot in zip(made, spots, strict=True):
        fig.add_annotation(
            text=f"you: {name} {guess:g}",
            x=when,
            y=guess,
            xanchor="left",
            xshift=8,
            yshift=(spot + lift - guess) / per_px,
            bgcolor=f"rgba{PAPER[3:-1]}, 0.75)",  # the lines behind the words stay to be seen
            borderpad=0,
        )
    if answers is not None:
        told = [f"{name} {answers[name]:.0f} (you: {guess:g})" for name, guess in values.items() if guess is not None]
        subtitle = fig.layout.title.subtitle
        subtitle.text = f"{subtitle.text}. In {when}: {', '.join(told)}"


def span(values: Iterable[float]) -> str:
    """The lowest and the highest of ``values`` in words: "30–37", or "30", or "no figure"."""
    found = [v for v in values if not pd.isna(v)]
    if not found:
        return "no figure"
    low, high = f"{min(found):.0f}", f"{max(found):.0f}"
    return low if low == high else f"{low}–{high}"


def _never() -> Iterator[bool]:
    while True:
        yield False


def reference(fig: go.Figure, y: float, text: str = "", *, axis: str = "", side: str = "left") -> None:
    """Draw the line that readings are compared with, such as 1913 = 100, and name it.

    ``side`` says where the name stands: left, center or right. ``axis`` is the subplot's number
    as plotly writes it ("" for the first, "2", ...).
    """
    fig.add_shape(
        type="line",
        xref=f"x{axis} domain",
        x0=0,
        x1=1,
        yref=f"y{axis}",
        y0=y,
        y1=y,
        line={"color": GREY, "width": 1, "dash": "dot"},
        layer="below",
    )
    if text:
        log = fig.layout[f"yaxis{axis}"].type == "log"
        fig.add_annotation(
            text=text,
            xref=f"x{axis} domain",
            x={"left": 0, "center": 0.5, "right": 1}[side],
            yref=f"y{axis}",
            y=math.log10(y) if log else y,
            xanchor=side,
            yanchor="bottom",
            font={"color": GREY},
        )


def event(fig: go.Figure, when: Any, text: str, *, level: int = 0, phone: bool = False, axis: str = "") -> None:
    """Name a dated event on the time axis: a thin upright line and a word at its head.

    ``level`` moves the words down by as many lines. The words are left out of the drawing for
    phones unless ``phone`` is true.
    """
    fig.add_shape(
        type="line",
        xref=f"x{axis}",
        x0=when,
        x1=when,
        yref=f"y{axis} domain",
        y0=0,
        y1=1,
        line={"color": RULE, "width": 1},
        layer="below",
    )
    fig.add_annotation(
        text=text,
        xref=f"x{axis}",
        x=when,
        yref=f"y{axis} domain",
        y=1,
        yanchor="top",
        xanchor="left",
        xshift=4,
        yshift=-17 * level,
        font={"color": GREY},
        bgcolor=PAPER,  # the line of a later event stops behind the words
        borderpad=0,
        name=None if phone else "wide",
    )


def band(
    fig: go.Figure, start: Any, end: Any, text: str = "", *, level: int = 0, phone: bool = False, axis: str = ""
) -> None:
    """Shade a stretch of time, such as the break in borders, and say at its head what it is.

    ``level`` and ``phone`` are those of ``event``.
    """
    fig.add_shape(
        type="rect",
        xref=f"x{axis}",
        x0=start,
        x1=end,
        yref=f"y{axis} domain",
        y0=0,
        y1=1,
        fillcolor=FAINT,
        line={"width": 0},
        layer="below",
    )
    if text:
        fig.add_annotation(
            text=text,
            xref=f"x{axis}",
            x=start,
            yref=f"y{axis} domain",
            y=1,
            yanchor="top",
            xanchor="left",
            xshift=4,
            yshift=-17 * level,
            align="left",
            font={"color": GREY},
            name=None if phone else "wide",
        )


def years(
    fig: go.Figure, *marks: int, events: Mapping[float, str] | None = None, gap: tuple[float, float, str] | None = None
) -> None:
    """Let whole years run along the bottom: from the first of ``marks`` to the last, each written out.

    ``events`` maps a time (1921.2 is March 1921) to the words at its head. ``gap`` is a stretch
    that lines must not cross, such as a change of borders: its start, its end and its name.
    """
    fig.update_xaxes(tickvals=marks, tickformat="d", range=[marks[0] - 0.3, marks[-1] + 0.3])
    if gap:
        band(fig, gap[0] + 0.1, gap[1] - 0.1)
        place = {"x": gap[1] - 0.1, "yref": "y domain", "y": 1, "xanchor": "left", "yanchor": "top"}
        look = {"font": {"color": GREY}, "bgcolor": PAPER, "borderpad": 0}  # an event's line stops behind the words
        fig.add_annotation(text=gap[2], xshift=4, yshift=-17, **place, **look)
    for when, text in (events or {}).items():
        event(fig, when, text)


def mark(fig: go.Figure, x: float, text: str = "", *, phone: bool = False) -> None:
    """Draw an upright line that values along the bottom are compared with, and name it at its head."""
    fig.add_shape(
        type="line",
        x0=x,
        x1=x,
        yref="y domain",
        y0=0,
        y1=1,
        line={"color": GREY, "width": 1, "dash": "dot"},
        layer="below",
    )
    if text:
        fig.add_annotation(
            text=text,
            x=x,
            yref="y domain",
            y=1,
            xanchor="left",
            yanchor="top",
            xshift=4,
            align="left",
            font={"color": GREY},
            name=None if phone else "wide",
        )


def rows(fig: go.Figure, *names: str, room: int = 90, head: float = 0.6) -> None:
    """Let named rows run from top to bottom, for bars or ``dots``.

    ``room`` is the width of the names in px (on a phone at most 92); ``head`` leaves room above
    the first row for words, in rows.
    """
    fig.update_yaxes(
        categoryorder="array",
        categoryarray=list(names),
        range=[len(names) - 0.5, -head],
        showgrid=False,
        ticklabelstandoff=6,
    )
    fig.update_layout(margin={"l": room})


def colour(surname: str) -> str:
    """The colour of one of the three principals; grey for everybody else."""
    return PEOPLE.get(surname, {"color": GREY})["color"]


def spans(fig: go.Figure, seats: pd.DataFrame, *, width: float = 10) -> None:
    """Draw the time people sat somewhere: a row a person, a bar from ``start`` to ``end``.

    ``seats`` has the columns ``surname``, ``name``, ``start``, ``end``, ``sure_start``, ``sure_end``,
    ``votes`` and ``weak``, as ``politics.spells`` gives them. A seat without a vote is a thin bar, a
    weakly sourced one an outline; where it may or may not have begun or ended there is no bar but dots.
    """
    doubt = (seats["start"] < seats["sure_start"]) | (seats["sure_end"] < seats["end"])
    for seat in seats.assign(doubt=doubt, firm=seats["sure_start"] < seats["sure_end"]).itertuples():
        where: dict[str, Any] = {"y": [seat.surname] * 2, "name": seat.name}
        known = f"{seat.sure_start:%Y-%m-%d} to {seat.sure_end:%Y-%m-%d}"
        if seat.doubt:
            maybe(fig, colour(str(seat.surname)), x=[seat.start, seat.end], **where)
        if not seat.firm:
            continue
        thick = width if seat.votes else 0.4 * width
        line = {"color": colour(str(seat.surname)), "width": thick}
        where["x"] = [seat.sure_start, seat.sure_end]
        fig.add_scatter(**where, mode="lines", line=line, hovertemplate=f"{seat.name}, {known}<extra></extra>")
        if seat.weak:
            hollow = {"color": PAPER, "width": max(thick - 3.5, 1)}
            # Two upright strokes close the outline; plotly draws them 1.4 times as long as their size.
            ends = {"symbol": "line-ns", "size": thick / 1.4, "line": {"width": 1.75, "color": line["color"]}}
            fig.add_scatter(**where, mode="lines+markers", hoverinfo="skip", line=hollow, marker=ends)


def maybe(fig: go.Figure, color: str, **where: Any) -> None:
    """Draw the dots along which a bar of time is possible and not certain; ``where`` is plotly's x, y and name."""
    fig.add_scatter(**where, mode="lines", hoverinfo="skip", line={"color": color, "width": 2.5, "dash": "2.5px,2.5px"})


def dots(
    fig: go.Figure,
    row: str,
    values: Iterable[float],
    name: str,
    color: str = INK,
    *,
    doubtful: Iterable[bool] | None = None,
    says: Iterable[str] | None = None,
) -> None:
    """Draw values that answer one question as dots in ``row``, with a line over their span.

    The lowest and highest are written above. Dots for which ``doubtful`` is true are open rings.
    ``says`` is what a pointer resting on each dot is told. Nothing is drawn where there are no values.
    """
    marks = list(doubtful) if doubtful is not None else []
    told = list(says) if says is not None else []
    points = [(float(v), bool(r), t) for v, r, t in zip(values, marks or _never(), told or repeat(""), strict=False)]
    if not points:
        return
    points.sort(key=lambda p: not p[1])  # firm dots lie on top of rings
    found, rings = [p[0] for p in points], [p[1] for p in points]
    low, high = min(found), max(found)
    fig.add_scatter(x=[low, high], y=[row, row], mode="lines", hoverinfo="skip", line={"color": color, "width": 1.5})
    fig.add_scatter(
        x=found,
        y=[row] * len(found),
        name=name,
        mode="markers",
        marker={"size": 10, "color": [PAPER if r else color for r in rings], "line": {"color": color, "width": 2}},
        hovertext=[p[2] for p in points] if told else None,
        hoverinfo="text" if told else None,
    )
    fig.add_annotation(
        text=span(found), x=(low + high) / 2, y=row, yshift=19, font={"color": color}, bgcolor=PAPER, borderpad=0
    )


def stroke(fig: go.Figure, row: str, x: float, text: str, color: str = RED) -> None:
    """Strike an upright line through ``row`` at the value somebody claims, and name it below."""
    fig.add_scatter(
        x=[x],
        y=[row],
        name=text,
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 18, "color": color, "line": {"width": 3, "color": color}},
        hovertemplate=f"{row}: {text}<extra></extra>",
    )
    fig.add_annotation(text=text, x=x, y=row, yshift=-21, font={"color": color})


def bar(
    fig: go.Figure, row: str, value: float, color: str = BLUE, *, doubtful: bool = False, says: str = ""
) -> None:
    """Draw one bar from nothing to ``value`` and write the value at its end; an outline if doubtful.

    ``says`` is what a pointer resting on the bar is told.
    """
    fig.add_bar(
        x=[value],
        y=[row],
        name="Value",
        orientation="h",
        marker={"color": PAPER if doubtful else color, "line": {"color": color, "width": 2}},
        hovertext=says or None,
        hoverinfo="text" if says else None,
    )
    fig.add_annotation(
        text=f"{value:.0f}", x=value, y=row, xanchor="left", xshift=4, font={"color": color}, bgcolor=PAPER
    )


def end_labels(fig: go.Figure, *, margin: int = 96, axis: str = "") -> None:
    """Name each line where it ends, in its own colour, in place of a legend.

    Traces without a name, or that share a name with an earlier label, get none. Labels that
    would overlap are moved apart. ``margin`` is the room at the right in px. Call it last.
    """
    ends: dict[str, tuple[Any, float, str]] = {}
    for trace in fig.data:
        if trace.type != "scatter" or (trace.yaxis or "y") != f"y{axis}" or not trace.name or trace.y is None:
            continue
        points = [(x, y) for x, y in zip(trace.x, trace.y, strict=True) if not pd.isna(y)]
        if points:
            line, marker = trace.line.color, trace.marker.color
            color = line or (marker if isinstance(marker, str) else INK)
            ends[trace.name] = (*points[-1], color)
    if not ends:
        return
    log = fig.layout[f"yaxis{axis}"].type == "log"
    shown = fig.layout[f"yaxis{axis}"].range
    values = [v for t in fig.data if t.y is not None for v in t.y if not pd.isna(v) and (v > 0 or not log)]
    low, high = shown or ((math.log10(min(values)), math.log10(max(values))) if log else (min(values), max(values)))
    per_px = _per_px(fig, low, high)
    spots = sorted((math.log10(y) if log else y, name) for name, (_, y, _) in ends.items())
    for (value, name), spot in zip(spots, _apart([value for value, _ in spots], per_px), strict=True):
        x, _, color = ends[name]
        fig.add_annotation(
            text=name,
            x=x,
            xref=f"x{axis}",
            y=value,
            yref=f"y{axis}",
            xanchor="left",
            xshift=8,
            yshift=(spot - value) / per_px,
            align="left",
            font={"color": color},
        )
    fig.update_layout(margin={"r": margin})


def _per_px(fig: go.Figure, low: float, high: float) -> float:
    """How much of the axis from ``low`` to ``high`` one px takes."""
    room = fig.layout.height - fig.layout.template.layout.margin.t - fig.layout.template.layout.margin.b
    return (high - low) / room or 1.0


def _apart(heights: list[float], per_px: float) -> list[float]:
    """Where words for ``heights``, bottom to top, stand one text line (17 px) apart and near their own."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + 17 * per_px) if placed else height)
    surplus = (placed[-1] - heights[-1]) / 2
    return [spot - surplus for spot in placed]


def words(fig: go.Figure, x: Iterable[Any], y: Iterable[float], texts: Iterable[str]) -> None:
    """Write small grey words to the upper left of points, such as the pace of a piece of a line.

    Call it after the axis has been made a log axis, if it is to be one.
    """
    log = fig.layout.yaxis.type == "log"
    for when, height, text in zip(x, y, texts, strict=True):
        fig.add_annotation(
            x=when,
            y=math.log10(height) if log else height,
            text=text,
            xanchor="right",
            xshift=-5,
            yshift=11,
            font={"color": GREY},
            bgcolor=PAPER,  # no line runs through them
            borderpad=0,
        )


def table(fig: go.Figure, frame: pd.DataFrame, **columns: str) -> None:
    """Give the table to print below the figure where it is not simply what the lines show.

    ``columns`` chooses columns of ``frame``, in order, and names them as a reader would.
    """
    if columns:
        frame = frame[list(columns)].rename(columns=columns)

    def cell(value: Any) -> Any:
        if isinstance(value, (date, datetime)):
            return value.isoformat()[:10]
        return None if pd.isna(value) else value.item() if hasattr(value, "item") else value

    fig.update_layout(
        meta={
            **(fig.layout.meta or {}),
            "table": {
                "columns": [str(c) for c in frame.columns],
                "rows": [[cell(v) for v in row] for row in frame.itertuples(index=False)],
            },
        }
    )
