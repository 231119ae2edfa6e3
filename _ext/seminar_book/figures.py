"""Renders the plotly figures of the labs: a drawing first, the live figure on demand.

A lab cell ends with a plain plotly figure. Its words (name, caption, alternative text, long
description, source) stand in the cell's metadata under ``mystnb: figure:``. myst-nb wraps the
output in a numbered figure; this module fills it with the drawing, the data behind it and the
source, and has all drawings made in one go after every page is read.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from seminar import style

from . import export
from .slips import PageRecords

logger = logging.getLogger(__name__)

MIME = "application/vnd.plotly.v1+json"
WORDS = {
    "name": "a short name such as fig-income, unique in the book",
    "caption": "a sentence that says what the reader should see",
    "alt": "an alternative text: [kind of chart] of [data] where [what it shows]",
    "description": "a long description for readers who cannot see the drawing",
    "source": "the source of the data: author, short title, year",
}
#: Where the built site keeps the figures' data, scripts and tables.
FOLDER = "figures"
_VARIABLES = {
    style.PAPER: "paper",
    style.INK: "ink",
    style.RED: "red",
    style.BLUE: "blue",
    style.GREY: "grey",
    style.RULE: "rule",
    style.FAINT: "faint",
}


class chart(nodes.General, nodes.Element):
    """A figure's head and drawing. Attribute: key, under which ``Charts`` has the rest."""


class chart_foot(nodes.General, nodes.Element):
    """What stands under the caption: source, description, table, downloads. Attribute: key."""


class PlotlyFigure:
    """myst-nb's entry point for ``application/vnd.plotly.v1+json``."""

    mime_priority_overrides: ClassVar[list[tuple[str, str, int]]] = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Nodes for one plotly output; None for any other kind. Missing words are warnings."""
        if inline or data.mime_type != MIME:
            return None
        env: BuildEnvironment = renderer.renderer.sphinx_env
        words = (data.cell_metadata.get("mystnb") or {}).get("figure") or {}
        for word, meaning in WORDS.items():
            if not str(words.get(word) or "").strip():
                logger.warning(
                    "this cell draws a figure without %s. Add '%s:' under 'mystnb: figure:' in its metadata: %s.",
                    word,
                    word,
                    meaning,
                    location=(env.docname, data.line),
                    type="seminar",
                    subtype="figure",
                )
                words = {**words, word: ""}
        spec = {"data": data.content.get("data", []), "layout": data.content.get("layout", {})}
        item = {
            "name": str(words["name"]),
            "caption": " ".join(str(words["caption"]).split()),
            "alt": " ".join(str(words["alt"]).split()),
            "description": str(words["description"]),
            "source": str(words["source"]).strip(),
            "spec": spec,
        }
        key = export.fingerprint(spec)
        Charts.of(env).setdefault(env.docname, {})[key] = item
        return [chart(key=key)]


class Charts(PageRecords):
    """Each page's figures with their words, by key: ``{docname: {key: {name, alt, ..., spec}}}``."""

    name = "seminar_charts"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Nothing to do: the renderer notes each figure as it meets it."""


def _finish_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the wrapping figures and put source, table and description under the caption."""
    for node in list(doctree.findall(chart)):
        figure = node.parent
        while figure is not None and not isinstance(figure, nodes.figure):
            figure = figure.parent
        if figure is None:
            continue  # no words at all: already reported
        figure["classes"].append("chart")
        figure += chart_foot(key=node["key"])
    for cell in doctree.findall(nodes.container):
        words = (cell.get("cell_metadata") or {}).get("mystnb") or {}
        if "figure" in words and not cell.next_node(nodes.figure):
            logger.warning(
                "this cell is to draw the figure '%s' and shows nothing. Let its last line be the figure.",
                (words["figure"] or {}).get("name", ""),
                location=cell,
                type="seminar",
                subtype="figure",
            )
    for figure in doctree.findall(nodes.figure):
        outputs = [n for n in figure.findall(nodes.container) if n.get("nb_element") == "mime_bundle"]
        if outputs and "chart" not in figure["classes"]:
            logger.warning(
                "a cell with 'mystnb: figure:' shows something that is not a plotly figure. "
                "Put it, or the glue(), in a cell of its own.",
                location=figure,
                type="seminar",
                subtype="figure",
            )


def _drawings(app: Sphinx) -> Path:
    return Path(app.doctreedir).parent / ".figures"


def _draw_all(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Draw what has not been drawn; drop what no page shows. Runs once, after all pages are read."""
    folder = _drawings(app)
    folder.mkdir(parents=True, exist_ok=True)
    wanted: dict[Path, tuple[dict[str, Any], str, str]] = {
        folder / f"{key}-{size}.svg": (item["spec"], size, key)
        for charts in Charts.of(env).values()
        for key, item in charts.items()
        for size in export.WIDTHS
    }
    for old in set(folder.glob("*.svg")) - set(wanted):
        old.unlink()
    missing = [path for path in wanted if not path.exists()]
    if missing:
        logger.info("drawing %d figures", len(missing) // len(export.WIDTHS) or 1)
    for path in missing:
        spec, size, key = wanted[path]
        part = path.with_suffix(".part")
        part.write_text(export.draw(spec, size, "f" + key[:6]), encoding="utf-8")
        part.replace(path)
    return []


# --- pages -----------------------------------------------------------------------------------


def themed(drawing: str) -> str:
    """The drawing with each palette colour replaced by the page's variable of that name."""
    for colour, name in _VARIABLES.items():
        drawing = drawing.replace(colour, f"var(--{name},{colour.replace(' ', '')})")
    return drawing


def head(layout: dict[str, Any]) -> str:
    """Title and subtitle of plotly's ``layout`` as HTML."""
    title = layout.get("title") or {}
    lines = {"title": title.get("text"), "subtitle": (title.get("subtitle") or {}).get("text")}
    words = "".join(f'<p class="chart-{kind}">{_rich(text)}</p>' for kind, text in lines.items() if text)
    return f'<div class="chart-head">{words}</div>'


def drawings(builder: Builder, key: str, alt: str) -> str:
    """The drawings of one figure as HTML: one in print, one for each width on the web."""
    folder = _drawings(builder.app)
    if builder.name == "reader":
        svg = (folder / f"{key}-wide.svg").read_text(encoding="utf-8").replace(style.PAPER, "rgb(255, 255, 255)")
        svg = svg.replace(">", f' role="img"><title>{escape(alt)}</title>', 1)
        return f'<div class="chart-wide">{svg}</div>'
    html = ""
    for size in export.WIDTHS:
        svg = themed((folder / f"{key}-{size}.svg").read_text(encoding="utf-8"))
        svg = svg.replace(">", f' role="img" aria-label="{escape(alt)}">', 1)
        html += f'<div class="chart-{size}">{svg}</div>'
    return html


def _visit_chart(self: Any, node: chart) -> None:
    item = Charts.of(self.builder.env)[self.builder.current_docname][node["key"]]
    self.body.append(head(item["spec"]["layout"]) + drawings(self.builder, node["key"], item["alt"]))
    raise nodes.SkipNode


def _visit_foot(self: Any, node: chart_foot) -> None:
    item = Charts.of(self.builder.env)[self.builder.current_docname][node["key"]]
    self.body.append(f'<div class="chart-foot"><p class="chart-source">Source: {escape(item["source"])}</p>')
    if self.builder.name != "reader":
        up = "../" * self.builder.current_docname.count("/")
        paragraphs = "".join(
            f"<p>{escape(' '.join(p.split()))}</p>" for p in item["description"].split("\n\n") if p.strip()
        )
        columns, rows = table(item["spec"])
        label = escape(_plain(item["spec"]) or item["name"], quote=True)
        self.body.append(
            f'<div class="chart-more"><button type="button" class="chart-live" hidden data-figure="{node["key"]}"'
            f' data-folder="{up}{FOLDER}/" data-label="{label}">Explore this figure</button>'
            f"<details><summary>Description</summary>{paragraphs}</details>"
            f"<details><summary>Data table</summary>"
            f'<div class="chart-table" tabindex="0" role="region" aria-label="Data of the figure: {label}">'
            f"{_html_table(columns, rows)}</div>"
            f'<p><a href="{up}{FOLDER}/{item["name"]}.csv" download>Download this table (CSV)</a></p></details></div>'
        )
    self.body.append("</div>")
    raise nodes.SkipNode


def _rich(text: str) -> str:
    """plotly's title text as HTML: its few tags (b, i, br) kept, the rest escaped."""
    return re.sub(r"&lt;(/?[bi]|br ?/?)&gt;", r"<\1>", escape(text, quote=False))


def _plain(spec: dict[str, Any]) -> str:
    text = ((spec["layout"].get("title") or {}).get("text")) or ""
    return re.sub(r"<[^>]+>", " ", text)


# --- the data behind a figure ------------------------------------------------------------------


def table(spec: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of what a figure shows, in reading order.

    A lab may give the table itself (``style.table``). Otherwise it is read off the traces: one
    row a place on the axis of time or of names, one column a named trace.
    """
    spec = export._unpack(spec)
    given = (spec["layout"].get("meta") or {}).get("table")
    if given:
        return list(given["columns"]), [list(r) for r in given["rows"]]
    sideways = any(isinstance(v, str) for t in spec["data"] for v in (t.get("y") or []))
    key, measure = ("y", "x") if sideways else ("x", "y")
    names: list[str] = []
    cells: dict[Any, dict[str, Any]] = {}
    for place, name, value in _points(spec["data"], key, measure):
        if name not in names:
            names.append(name)
        if value is not None:
            cells.setdefault(place, {})[name] = value
    axis = (spec["layout"].get(f"{key}axis") or {}).get("title") or {}
    first = axis.get("text") or ("" if sideways else "Year")
    places = list(cells) if sideways else sorted(cells, key=str)
    return [first or "Item", *names], [[p, *(cells[p].get(n) for n in names)] for p in places]


def _points(traces: list[dict[str, Any]], key: str, measure: str) -> Iterator[tuple[Any, str, Any]]:
    for trace in traces:
        if not trace.get("name") or trace.get("hoverinfo") == "skip":
            continue
        for place, value in zip(trace.get(key) or [], trace.get(measure) or [], strict=False):
            yield place, re.sub(r"<[^>]+>", " ", trace["name"]), value


def _shown(value: Any) -> str:
    """A value as the table prints it: three significant figures below a thousand."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _html_table(columns: list[str], rows: list[list[Any]]) -> str:
    head = "".join(f'<th scope="col">{escape(str(c))}</th>' for c in columns)
    body = ""
    for first, *rest in rows:
        label = (
            str(first)
            if isinstance(first, int)
            else str(first)[:10]
            if re.match(r"\d{4}-\d\d-\d\dT", str(first))
            else _shown(first)
        )
        if isinstance(first, float) and first == int(first):
            label = str(int(first))
        cells = "".join(
            f'<td class="{"text" if isinstance(v, str) else "number"}">{escape(_shown(v))}</td>' for v in rest
        )
        body += f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


# --- files of the built site -------------------------------------------------------------------


def _write_files(app: Sphinx, error: Exception | None) -> None:
    """Write each figure's table, and its data for the live figure, beside the pages."""
    if error or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    wanted = set()
    for charts in Charts.of(app.env).values():
        for key, item in charts.items():
            folder.mkdir(parents=True, exist_ok=True)
            columns, rows = table(item["spec"])
            with (folder / f"{item['name']}.csv").open("w", newline="", encoding="utf-8") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows(rows)
            sizes = {size: export.fit(item["spec"], size) for size in export.WIDTHS}
            # A script and not JSON: a page opened from disk may load scripts but not fetch files.
            (folder / f"{key}.js").write_text(
                f'seminarFigures["{key}"] = {json.dumps(sizes, sort_keys=True)};\n', encoding="utf-8"
            )
            wanted |= {f"{item['name']}.csv", f"{key}.js"}
    if wanted:
        found = importlib.util.find_spec("plotly")
        assert found and found.origin
        bundle = folder / "plotly.min.js"
        if not bundle.exists():
            shutil.copyfile(Path(found.origin).parent / "package_data" / "plotly.min.js", bundle)
    for old in folder.glob("*"):
        if old.name not in wanted | {"plotly.min.js"}:
            old.unlink()


def setup_figures(app: Sphinx) -> None:
    """Connect the renderer's nodes and the two steps that draw and write."""
    app.add_node(chart, html=(_visit_chart, None))
    app.add_node(chart_foot, html=(_visit_foot, None))
    app.add_env_collector(Charts)
    app.connect("doctree-read", _finish_figures)
    app.connect("env-updated", _draw_all)
    app.connect("build-finished", _write_files)
