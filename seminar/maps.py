"""A plain map of the places that the book names: waters, towns, a scale, and no borders.

The projection is the simplest that does no harm here: a degree of longitude is drawn as long as
it is at 50 degrees north (``plane``), and both axes have one scale. So distances are right to the eye in the
middle of the map and, east to west, some 20 per cent too short at its top and too long at its bottom edge.
Distances in figures are computed on the sphere (``distance``) and not read from the map.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .style import FAINT, GREY, INK, PAPER, RED, RULE, figure
from .tables import load

#: The edges of the map in degrees: west, east, south, north. The table outlines is cut along them.
EDGES = (18.0, 58.0, 39.8, 61.8)
#: The latitude at which east to west is drawn true, in degrees.
TRUE_AT = 50.0
#: Mean radius of the earth in km.
RADIUS = 6371.0
#: Width of the drawing at a desk, and the room below the map, in px.
_WIDTH, _BELOW = 680, 6
_SIDES = {"left": "middle left", "right": "middle right", "above": "top center", "below": "bottom center"}
#: Where large names are written, in degrees; a hint for drawing, not a place. No room for them on a phone.
_AREAS = {
    "Baltic<br>Sea": (19.55, 56.3), "Black Sea": (34.4, 43.3), "Caspian<br>Sea": (50.7, 42.3),
    "Donets<br>basin": (38.6, 48.2), "North Caucasus": (42.2, 44.6), "Urals": (56.6, 55.6),
    "Volga": (47.6, 54.0), "Don": (41.2, 50.6), "Dnieper": (29.0, 50.7), "Neva": (33.0, 59.35),
}  # fmt: skip


def distance(places: pd.DataFrame, one: str, other: str) -> float:
    """Kilometres from ``one`` to ``other`` as the crow flies, on a round earth (the haversine formula).

    ``places`` has the columns ``name``, ``lon`` and ``lat`` (degrees), as ``load("places")`` gives them. The earth
    is not quite round, which makes up to half a per cent. Raises KeyError for a name that is not there.
    """
    at = places.set_index("name")[["lon", "lat"]]
    (lon, lat), (lon2, lat2) = (map(math.radians, at.loc[name]) for name in (one, other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * RADIUS * math.asin(math.sqrt(half))


def named(places: pd.DataFrame, typed: Any) -> Any:
    """The name on the map for what ``typed`` calls a place in Russian or by its name of today; else ``typed`` itself.

    A part of a name of today will do. ``places`` has the columns ``name``, ``russian`` and ``now``.
    """
    word = str(typed).strip().casefold()
    for name, *others in places[["name", "russian", "now"]].fillna("").itertuples(index=False):
        if len(word) > 3 and any(word in str(other).casefold() for other in others):
            return name
    return typed


def plane(degrees: pd.DataFrame) -> pd.DataFrame:
    """``x`` and ``y`` on the map of the columns ``lon`` and ``lat``; the unit is one degree of latitude."""
    return pd.DataFrame({"x": degrees["lon"] * math.cos(math.radians(TRUE_AT)), "y": degrees["lat"]})


def chart(places: pd.DataFrame, title: str, subtitle: str, *, route: tuple[str, str]) -> go.Figure:
    """The map: waters from the table outlines, a dot and a name for each of ``places``, a line along ``route``.

    ``places`` is as ``load("places")`` gives it; ``route`` is two of its names (KeyError if it is not).
    """
    waters = load("outlines")
    waters = waters.assign(**plane(waters))
    edges = plane(pd.DataFrame({"lon": EDGES[:2], "lat": EDGES[2:]}))
    west, east, south, north = *edges["x"], *edges["y"]
    high = round((_WIDTH - 2) * (north - south) / (east - west))
    fig = figure(title, subtitle)
    above = fig.layout.template.layout.margin.t
    fig.update_layout(height=high + above + _BELOW, margin={"l": 1, "r": 1, "b": _BELOW})
    bare = {"showgrid": False, "showticklabels": False, "ticks": "", "showline": True, "mirror": True}
    fig.update_xaxes(range=[west, east], linecolor=GREY, constrain="domain", **bare)
    fig.update_yaxes(range=[south, north], linecolor=GREY, scaleanchor="x", constrain="domain", **bare)

    looks = {"sea": (FAINT, GREY), "island": (PAPER, GREY), "lake": (FAINT, GREY), "river": (None, RULE)}
    for kind, (fill, edge) in looks.items():
        own = waters[waters["kind"] == kind]
        xs: list[float | None] = []
        ys: list[float | None] = []
        for _, line in own.groupby("line", sort=False):
            xs += [*line["x"].round(2), None]
            ys += [*line["y"], None]
        fig.add_scatter(x=xs, y=ys, mode="lines", fill="toself" if fill else None, fillcolor=fill, hoverinfo="skip",
                        line={"color": edge, "width": 1.4 if kind == "river" else 0.8})
    for area, (lon, lat) in _AREAS.items():
        spot = plane(pd.DataFrame({"lon": [lon], "lat": [lat]})).iloc[0]
        fig.add_annotation(text=area, x=spot.x, y=spot.y, name="wide",
                           font={"color": INK if area.endswith("Sea") else GREY})

    spots = places.assign(**plane(places))
    on = spots["name"].isin(route)
    ends = spots.set_index("name").loc[list(route)]
    fig.add_scatter(x=ends["x"], y=ends["y"], mode="lines", hoverinfo="skip",
                    line={"color": RED, "width": 2, "dash": "6px,4px"})
    # A blank that is not left out keeps a name off its dot.
    beside = {"left": "{}\u00a0", "right": "\u00a0{}", "below": ""}
    words = [beside.get(side, "{}").format(name) for side, name in zip(spots["side"], spots["name"], strict=True)]
    fig.add_scatter(x=spots["x"], y=spots["y"], text=words, mode="markers+text", name="Place",
                    textposition=spots["side"].map(_SIDES), textfont={"color": INK}, hovertext=spots["name"],
                    hoverinfo="text",
                    marker={"size": 6, "color": [RED if one else INK for one in on]})
    for low in spots[spots["side"] == "below"].itertuples():  # clear of the name beside the next dot
        fig.add_annotation(text=low.name, x=low.x, y=low.y, ax=0, ay=22, showarrow=True, arrowhead=0, arrowwidth=1,
                           arrowcolor=GREY, standoff=5, font={"color": INK}, borderpad=0)
    _scale(fig, west + 0.62 * (east - west), south + 0.91 * (north - south))
    return fig


def _scale(fig: go.Figure, x: float, y: float, km: int = 500) -> None:
    """Draw a bar of ``km`` from ``x`` eastward, and say how long it is."""
    long = km / (math.radians(1) * RADIUS)
    fig.add_scatter(x=[x, x + long], y=[y, y], mode="lines", hoverinfo="skip", line={"color": INK, "width": 2})
    fig.add_annotation(text=f"{km} km", x=x + long / 2, y=y, yanchor="bottom")
