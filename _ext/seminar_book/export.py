"""Draws a plotly figure as a vector image, without a browser.

The choice of exporter lives behind ``draw``. It is plotly-mirage: plotly's own drawing code in
an embedded JavaScript engine, so building the book needs no Chrome. The tests compare what it
draws with what a browser draws. Three things it needs are done here: packed arrays are unpacked,
words are measured with the book's own faces, and random identifiers are made stable.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import importlib.util
import re
from collections import Counter
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from seminar import style

#: Widths drawn, in px: a desk's column and a phone's.
WIDTHS = {"wide": 680, "narrow": 320}
_TOP = {"plain": 18, "panels": 34}
_PANEL_HEIGHT = 170


def fingerprint(spec: dict[str, Any]) -> str:
    """Twelve hexadecimal digits that change when the figure or this exporter changes."""
    import json

    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(json.dumps(spec, sort_keys=True).encode())
    return digest.hexdigest()[:12]


def draw(spec: dict[str, Any], size: str, prefix: str) -> str:
    """The figure as SVG text.

    ``spec`` is plotly's JSON; ``size`` is a key of ``WIDTHS``; ``prefix`` makes identifiers
    unique within a page. Colours stay the plain ``rgb(...)`` of ``seminar.style``.
    """
    fitted = fit(spec, size)
    layout = fitted["layout"]
    raw = _engine().render_svg(fitted["data"], layout, width=layout["width"], height=layout["height"])
    return _tidy(raw, layout["width"], layout["height"], f"{prefix}{size[0]}")


def fit(spec: dict[str, Any], size: str) -> dict[str, Any]:
    """A copy of the figure laid out for one width, with its title left to the page."""
    spec = _unpack(copy.deepcopy(spec))
    layout = spec["layout"]
    panels = (layout.get("meta") or {}).get("panels", 0)
    defaults = layout.get("template", {}).get("layout", {})
    margin = {**defaults.get("margin", {}), **layout.get("margin", {})}
    top = _TOP["panels" if panels else "plain"]
    height = layout.get("height", 430) - (margin.get("t", 76) - top)
    layout.pop("title", None)
    if size == "narrow":
        layout["annotations"] = [a for a in layout.get("annotations", []) if a.get("name") != "wide"]
        margin["l"] = min(margin.get("l", 52), 92)
        margin["r"] = min(margin.get("r", 24), 92)
        if panels:
            height = top + margin.get("b", 44) + panels * _PANEL_HEIGHT
            _stack(layout, panels)
        elif layout.get("yaxis", {}).get("scaleanchor"):  # a map keeps its shape: as much lower as it is narrower
            sides, ends = margin["l"] + margin["r"], top + margin.get("b", 44)
            height = ends + (height - ends) * (WIDTHS["narrow"] - sides) / (WIDTHS["wide"] - sides)
    layout["margin"] = {**margin, "t": top}
    layout.update(width=WIDTHS[size], height=round(height), autosize=False)
    return spec


def _stack(layout: dict[str, Any], panels: int) -> None:
    """Put small multiples one below the other."""
    share = 1 / panels
    for i in range(panels):
        axis = str(i + 1) if i else ""
        bottom = 1 - (i + 1) * share
        layout.setdefault(f"xaxis{axis}", {})["domain"] = [0, 1]
        layout.setdefault(f"yaxis{axis}", {})["domain"] = [bottom + 0.2 * share, bottom + 0.84 * share]
        layout[f"yaxis{axis}"]["showticklabels"] = True


def _unpack(value: Any) -> Any:
    """Replace plotly's packed arrays (``dtype`` and base64 ``bdata``) by lists."""
    if isinstance(value, dict):
        if "bdata" in value:
            array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=np.dtype(value["dtype"]))
            shape = [int(n) for n in str(value.get("shape", "")).split(",") if n.strip()]
            return [None if v != v else v for v in array.reshape(shape or -1).tolist()]
        return {k: _unpack(v) for k, v in value.items()}
    return [_unpack(v) for v in value] if isinstance(value, list) else value


@lru_cache(1)
def _engine() -> Any:
    """Start the exporter once and let it measure words with the book's faces."""
    from mirage.engine import get_engine
    from PIL import ImageFont

    engine = get_engine()

    @lru_cache(64)
    def face(family: str, size: float, weight: str = "") -> Any:
        module = "source_serif_4" if "Serif" in family else "source_sans_3"
        found = importlib.util.find_spec(f"fontpkg_{module}")
        if found is None or found.origin is None:
            raise ModuleNotFoundError(f"fontpkg_{module}: install the packages of requirements.txt")
        path = next(p for p in (Path(found.origin).parent / "files").glob("*.ttf") if "Italic" not in p.name)
        font = ImageFont.truetype(str(path), max(1, round(size)))
        heavy = 600 if weight in {"bold", "600", "700"} else 400
        font.set_variation_by_axes([14, heavy] if "serif" in module else [heavy])
        return font

    engine.font_manager.get_font = face
    return engine


_DEFAULTS = re.compile(
    r"(?<=[\s;\"])(?:opacity: 1|fill-opacity: 1|stroke-opacity: 1|font-weight: normal|font-style: normal"
    r"|font-variant: normal|vector-effect: none|white-space: pre|font-family: [^;\"]*)(?:; ?|(?=\"))"
)
_MARKS = re.compile(r"(clip|topdefs-|defs-|trace|legend)([0-9a-f]{6})(?=[\"xy\w])")


def _tidy(svg: str, width: int, height: int, prefix: str) -> str:
    """Make the drawing small, stable and free of what the page already says."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"font-family: (?:&quot;|')?[^;]*?(?=; font-size)", "font-family: x", svg)
    svg = _DEFAULTS.sub("", svg)
    # Random marks of one drawing, in identifiers and class names. Only there: six digits may stand in a number too.
    marks: dict[str, str] = {}
    svg = _MARKS.sub(lambda m: m[1] + marks.setdefault(m[2], f"{prefix}{len(marks)}"), svg)
    svg = re.sub(
        r"<rect x=\"0\" y=\"0\" width=\"\d+\" height=\"\d+\" style=\"fill: rgb\(251, 249, 244\)[^\"]*\"/>",
        "",
        svg,
        count=1,
    )
    svg = re.sub(r' (?:class|data-[\w-]+|data-index|fill-rule|xml:space|data-unformatted|data-math)="[^"]*"', "", svg)
    svg = re.sub(r' style="\s*"', "", svg)
    before = ""
    while before != svg:
        before = svg
        svg = re.sub(r"<(g|defs|clipPath)(?: [^<>]*)?></\1>|<g/>", "", svg)
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r'(?<= d=")[^"]+', lambda path: _shorter(path[0]), svg)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="{style.SANS}">'
    )
    return _share_marks(_share_styles(head + svg[svg.index(">") + 1 :], prefix), prefix)


def _shorter(path: str) -> str:
    """An outline of straight lines to a tenth of a pixel, each point told from the one before.

    Maps and long lines are mostly coordinates: this halves them. Other outlines stay as they are.
    """
    if re.search(r"[^MLZ\d.,\s-]", path):
        return path
    told, here = "", (0, 0)
    lining = False  # whether the point before was the end of a line, whose letter need not be said again
    for letter, x, y in re.findall(r"([MLZ])(?:\s*(-?[\d.]+)[,\s](-?[\d.]+))?", path):
        if letter == "Z":
            told, lining = told + "Z", False
            continue
        there = (round(float(x) * 10), round(float(y) * 10))
        step = there if letter == "M" else (there[0] - here[0], there[1] - here[1])
        words = "{:g} {:g}".format(*(v / 10 for v in step)).replace(" -", "-")
        if letter == "M":
            words = "M" + words
        elif not lining:
            words = "l" + words
        elif words[0] != "-":
            words = " " + words
        told, here, lining = told + words, there, letter == "L"
    return told


def _share_styles(svg: str, prefix: str) -> str:
    """Say once each style that several marks have: plotly repeats it at every mark, a third of the weight."""
    found = Counter(re.findall(r' style="([^"]+)"', svg))
    names = {style: f"k{i}" for i, (style, count) in enumerate(found.items()) if count > 1}
    # Many drawings share a page: the rules of each hold inside it alone.
    rules = "".join(f"#f{prefix} .{name}{{{unescape(style).rstrip('; ')}}}" for style, name in names.items())
    svg = re.sub(r' style="([^"]+)"', lambda m: f' class="{names[m[1]]}"' if m[1] in names else m[0], svg)
    return svg.replace("<svg", f'<svg id="f{prefix}"', 1).replace(">", f"><style>{rules}</style>", 1) if rules else svg


_MARK = re.compile(r'<path transform="translate\((-?[\d.]+),(-?[\d.]+)\)" d="([^"]+)"')


def _share_marks(svg: str, prefix: str) -> str:
    """Say once the outline of a mark that is drawn three times or more, and then only where it stands."""
    found = Counter(outline for _, _, outline in _MARK.findall(svg))
    names = {outline: f"m{prefix}{i}" for i, (outline, count) in enumerate(found.items()) if count > 2}
    if not names:
        return svg
    outlines = "".join(f'<path id="{name}" d="{outline}"/>' for outline, name in names.items())

    def shared(mark: re.Match[str]) -> str:
        x, y, outline = mark.groups()
        return f'<use href="#{names[outline]}" x="{x}" y="{y}"' if outline in names else mark[0]

    start = svg.index(">") + 1
    return f"{svg[:start]}<defs>{outlines}</defs>{_MARK.sub(shared, svg[start:])}"
