"""Figures: drawn without a browser as a browser draws them, whole on every page, live on demand."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly
import plotly.graph_objects as go
import pytest
from conftest import ROOT, Book, Tree
from PIL import Image
from playwright.sync_api import Browser, Page

sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book import export, figures  # noqa: E402

from seminar import style  # noqa: E402

BUNDLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


# --- every form that the labs draw --------------------------------------------------------------


def line_with_gap() -> go.Figure:
    fig = style.figure("A line", "Index", xaxis_range=[1912.5, 1922.5], yaxis_range=[0, 110])
    style.line(fig, range(1913, 1923), [100, 95, 99, 87, 77, 47, 41, 41, 37, 43], "income", style.RED, breaks=[1917.5])
    rings = [False, True, False]
    style.line(fig, [1913, 1916, 1920], [100, 60, 30], "coal", style.BLUE, step=9, dash="dash", doubtful=rings)
    style.reference(fig, 100, "1913 = 100")
    style.event(fig, 1917.85, "October 1917")
    style.band(fig, 1917.5, 1918.3, "new borders")
    style.end_labels(fig)
    return fig


def log_money() -> go.Figure:
    fig = style.figure(
        "Money",
        "Milliard rubles",
        yaxis={"type": "log", "range": [0, 5], "dtick": 1},
        xaxis_range=["1914-01-01", "1922-12-31"],
    )
    style.line(fig, ["1914-07-01", "1917-10-01", "1922-01-01"], [1.6, 20, 17500], "paper")
    style.reference(fig, 100, "a hundred")
    return fig


def bars_sideways() -> go.Figure:
    fig = style.figure("Industry", "Per cent of 1913", xaxis_range=[0, 110])
    fig.add_bar(
        y=["Oil", "Coal", "Iron"], x=np.array([42.0, 25.0, 3.9]), name="1921", orientation="h", marker_color=style.BLUE
    )
    return fig


def squares() -> go.Figure:
    fig = style.figure("A matrix", "Codes", xaxis_range=[-1, 3], yaxis_range=[-1, 2])
    fig.add_scatter(
        x=[0, 1, 2, 0],
        y=[0, 0, 1, 1],
        mode="markers",
        name="code",
        marker={"symbol": "square", "size": 26, "color": [style.RED, style.BLUE, style.GREY, style.FAINT]},
    )
    return fig


def ranges() -> go.Figure:
    fig = style.figure("Ranges", "Per cent", xaxis_range=[0, 100])
    fig.add_scatter(
        x=[30, 34, None, 51, 67],
        y=["Petrograd", "Petrograd", None, "Moscow", "Moscow"],
        mode="lines+markers",
        name="range",
    )
    return fig


def spans() -> go.Figure:
    fig = style.figure("Posts", "Terms of office", xaxis_range=["1917-01-01", "1923-12-31"])
    fig.add_scatter(
        x=["1918-03-14", "1923-12-31"],
        y=["War", "War"],
        mode="lines",
        line={"width": 12, "color": style.RED},
        name="Trotsky",
    )
    return fig


def small_multiples() -> go.Figure:
    fig = style.panels(["Coal", "Oil"], title="Two fuels", subtitle="1913 = 100")
    style.line(fig, [1913, 1921], [100, 25], "coal", step=99, **style.at(0))
    style.line(fig, [1913, 1921], [100, 42], "oil", step=99, **style.at(1))
    fig.update_xaxes(range=[1912, 1922])
    fig.update_yaxes(range=[0, 110])
    return fig


FORMS = [line_with_gap, log_money, bars_sideways, squares, ranges, spans, small_multiples]


def spec_of(fig: go.Figure) -> dict[str, Any]:
    return json.loads(fig.to_json())


def words_and_places(page: Page) -> dict[str, list[tuple[float, float]]]:
    found = page.evaluate("""() => [...document.querySelectorAll('text')].filter(t => t.textContent.trim())
        .map(t => { const b = t.getBoundingClientRect(); return [t.textContent.trim(), b.x, b.y + b.height / 2]; })""")
    places: dict[str, list[tuple[float, float]]] = {}
    for word, x, y in found:
        places.setdefault(word, []).append((x, y))
    return {w: sorted(p) for w, p in places.items()}


def ink(png: bytes) -> np.ndarray[Any, Any]:
    """How far each pixel stands from the paper, in grey levels, softened by shrinking to half."""
    image = Image.open(io.BytesIO(png)).convert("L")
    small = image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)
    return np.abs(np.asarray(small, dtype=float) - 249)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 760, "height": 700})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_static_drawing_matches_the_live_one(form: Callable[[], go.Figure], size: str, page: Page) -> None:
    spec = spec_of(form())
    start = '<!doctype html><meta charset="utf-8"><body style="margin:0;background:rgb(251,249,244)">'
    page.set_content(start + export.draw(spec, size, "t"))
    drawn, drawn_ink = words_and_places(page), ink(page.screenshot())
    page.set_content(start + '<div id="g"></div>')
    page.add_script_tag(path=str(BUNDLE))
    fitted = export.fit(spec, size)
    page.evaluate("([d, l]) => Plotly.newPlot('g', d, l, {staticPlot: true})", [fitted["data"], fitted["layout"]])
    live, live_ink = words_and_places(page), ink(page.screenshot())
    assert drawn.keys() == live.keys()
    for word in drawn:
        for here, there in zip(drawn[word], live[word], strict=True):
            assert abs(here[1] - there[1]) < 6, f"{word!r} stands at {here}, live at {there}"
            assert abs(here[0] - there[0]) < 12, f"{word!r} stands at {here}, live at {there}"
    assert (drawn_ink > 60).sum() > 150, "next to nothing is drawn"
    differing = (np.abs(drawn_ink - live_ink) > 60).mean()
    assert differing < 0.012, f"{differing:.1%} of the pixels differ from the live figure"


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.__name__)
def test_drawing_is_vector_stable_and_legible(form: Callable[[], go.Figure]) -> None:
    spec = spec_of(form())
    for size in export.WIDTHS:
        first = export.draw(spec, size, "a")
        assert first == export.draw(spec, size, "a"), "the same figure twice gives two drawings"
        assert "<image" not in first and "Gradient" not in first
        assert min(float(px) for px in re.findall(r"font-size: ([\d.]+)px", first)) >= 13
        colours = set(re.findall(r"rgba?\([^)]*\)", first))
        assert colours <= {*figures._VARIABLES, "rgb(0, 0, 0)"}, f"colours outside the palette: {colours}"


def test_phone_drawing_leaves_out_wide_words_and_keeps_the_others() -> None:
    spec = spec_of(line_with_gap())
    assert "October 1917" in export.draw(spec, "wide", "a")
    narrow = export.draw(spec, "narrow", "a")
    assert "October 1917" not in narrow and "1913 = 100" in narrow


def test_panels_stand_one_below_the_other_on_a_phone() -> None:
    layout = export.fit(spec_of(small_multiples()), "narrow")["layout"]
    assert layout["xaxis"]["domain"] == layout["xaxis2"]["domain"] == [0, 1]
    assert layout["yaxis2"]["domain"][1] < layout["yaxis"]["domain"][0]


def test_table_is_what_the_traces_show() -> None:
    columns, rows = figures.table(spec_of(line_with_gap()))
    assert columns == ["Year", "income", "coal"]
    assert [1913, 100, 100] in rows and [1921, 37, None] in rows
    columns, rows = figures.table(spec_of(bars_sideways()))
    assert rows == [["Oil", 42], ["Coal", 25], ["Iron", 3.9]]


# --- the built book -------------------------------------------------------------------------------


def pages_with_figures(book: Book) -> list[Path]:
    return [p for p in sorted(book.html.rglob("*.html")) if 'class="chart-wide"' in p.read_text(encoding="utf-8")]


def test_each_figure_has_its_words_table_and_file(book: Book) -> None:
    pages = pages_with_figures(book)
    assert pages
    for path in pages:
        html = path.read_text(encoding="utf-8")
        blocks = re.findall(r'<figure class="[^"]*\bchart\b.*?</figure>', html, re.S)
        assert len(blocks) == html.count('class="chart-wide"')
        for block in blocks:
            labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]{20,})"', block)
            assert len(labels) == 2, f"{path.name}: a drawing without alternative text"
            assert re.search(r'class="chart-title">\S', block)
            assert re.search(r'class="chart-source">Source: \S', block)
            if 'class="chart shown"' in block:  # a chapter's: the rest stands in the lab that it leads to
                assert re.search(r'<a [^>]*href="[^"]+-lab\.html#fig-', block)
                continue
            assert re.search(r"<summary>Description</summary><p>\S.{60,}", block)
            link = re.search(r'href="([^"]+\.csv)" download', block)
            assert link
            with (path.parent / link[1]).open(encoding="utf-8") as file:
                rows = list(csv.reader(file))
            assert len(rows) == block.count("<tr>") and len(rows) > 1


@pytest.mark.parametrize(
    "path, told",
    [
        ("M1.25,2.5L3,4.06L-1,4L0.04,0Z", "M1.2 2.5l1.8 1.6-4-0.1 1-4Z"),
        ("M10,20L11,19M3,3L4,5", "M10 20l1-1M3 3l1 2"),
        ("M0,5H10", "M0,5H10"),
        ("M1,1A4,4 0 0 1 2,2", "M1,1A4,4 0 0 1 2,2"),
    ],
)
def test_an_outline_is_told_point_by_point(path: str, told: str) -> None:
    assert export._shorter(path) == told


def test_no_identifier_is_used_twice_on_a_page(book: Book) -> None:
    for path in pages_with_figures(book):
        ids = re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8"))
        assert len(ids) == len(set(ids)), f"{path.name}: {sorted({i for i in ids if ids.count(i) > 1})}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_no_figure_is_blank(book: Book, browser: Browser, scheme: Any, width: int) -> None:
    """Without scripts, from disk, in both themes and on a phone: each drawing shows and is legible."""
    for path in pages_with_figures(book):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=False
        )
        page = context.new_page()
        page.goto(path.as_uri())
        shown = page.locator(".chart-wide svg:visible, .chart-narrow svg:visible")
        assert shown.count() == page.locator("figure.chart").count()
        for i in range(shown.count()):
            grey = np.asarray(Image.open(io.BytesIO(shown.nth(i).screenshot())).convert("L"), dtype=float)
            marked = (np.abs(grey - np.median(grey)) > 60).mean()
            assert marked > 0.002, f"{path.name}: figure {i + 1} shows next to nothing"
        assert page.locator(".chart-live:visible").count() == 0, "a button that cannot work without scripts is shown"
        context.close()


def test_words_in_drawings_are_large_enough(book: Book, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    for path in pages_with_figures(book):
        page.goto(path.as_uri())
        for width in (320, 360, 414, 620, 768, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            sizes = page.evaluate("""() => [...document.querySelectorAll('figure.chart svg text')]
                .filter(t => t.getBoundingClientRect().width)
                .map(t => parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getBoundingClientRect().width
                          / t.ownerSVGElement.viewBox.baseVal.width)""")
            assert sizes and min(sizes) >= 11, f"{path.name} at {width} px: {min(sizes):.1f} px"
    context.close()


def test_live_figure_from_disk(book: Book, browser: Browser) -> None:
    """The button works from a file, follows the theme, and gives the drawing back."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: wrong.append(str(e)))
    path = pages_with_figures(book)[0]
    page.goto(path.as_uri())
    assert not [u for u in asked if "plotly" in u], "the page loads plotly before anybody asks"
    for i in range(page.locator(".chart-live").count()):
        figure = page.locator("figure.chart").nth(i)
        button = figure.locator(".chart-live")
        button.focus()
        page.keyboard.press("Enter")
        figure.locator(".chart-stage .main-svg").first.wait_for()
        assert figure.locator(".chart-stage path, .chart-stage .point").count() > 3
        assert not figure.locator(".chart-wide").is_visible()
        axis = figure.locator(".chart-stage text").first
        before = axis.evaluate("t => getComputedStyle(t).fill")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.wait_for_function(
            "before => getComputedStyle(document.querySelector('.chart-stage text')).fill !== before", arg=before
        )
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        button.click()
        assert figure.locator(".chart-wide").is_visible() and figure.locator(".chart-stage").count() == 0
    assert not wrong and not [u for u in asked if not u.startswith(("file:", "data:", "blob:"))]
    context.close()


def test_bundle_is_that_of_the_pinned_package(book: Book) -> None:
    assert (book.html / "figures" / "plotly.min.js").read_bytes() == BUNDLE.read_bytes()


# --- what must stop the build ---------------------------------------------------------------------


def test_missing_words_stop_the_build_with_their_places(scratch: Callable[[], Tree]) -> None:
    """Each figure of a lab loses another word; all that is missing is told at once."""
    words = list(figures.WORDS)
    tree = scratch()
    lab = next(
        p
        for p in sorted((tree.root / "chapters").glob("*-lab.md"))
        if p.read_text(encoding="utf-8").count("  figure:") >= len(words)
    )
    head, *parts = re.split(r"(?m)(?=^  figure:)", lab.read_text(encoding="utf-8"))
    for i, word in enumerate(words):
        parts[i] = re.sub(rf"(?m)^    {word}:.*\n(?:      .*\n|\n(?=      ))*", "", parts[i], count=1)
    lab.write_text(head + "".join(parts), encoding="utf-8")
    for _ in range(2):  # a failed build still fails when run again
        result = tree.html_build()
        assert result.returncode
        for word in words:
            message = next(row for row in result.stdout.splitlines() if f"without {word}" in row)
            assert re.search(rf"{lab.name}:\d+", message) and f"Add '{word}:'" in message
        assert "Traceback" not in result.stdout
