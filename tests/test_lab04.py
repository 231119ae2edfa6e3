"""Lab 4 in a student's hands: copied alone, run without a network, with good and silly values."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT))

from seminar import load

LAB = ROOT / "chapters/04-ruin-lab.md"
PLOTLY = "application/vnd.plotly.v1+json"
FIGURES = ["fig-income", "fig-borders", "fig-cities", "fig-industry", "fig-money", "fig-real", "fig-evidence"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_income": "50", "my_oil": "'150'", "show": "['oil']", "base_year": "1914", "year": "1918",
        "log_axis": "False", "strict": "True", "verdict_1, evidence_1": "'close', 'the census of 1920'",
    },
    "no data": {"base_year": "1916", "year": "1922", "show": "['exports', 'coal']", "strict": "True"},
    "not in the list": {
        "my_income": "900", "my_iron_and_steel": "'much'", "show": "['gold', 'oil']", "base_year": "1905",
        "year": "2020", "log_axis": "'maybe'", "strict": "3", "verdict_1, evidence_1": "'rubbish', 7",
    },
    "nonsense": {
        "my_income": "[]", "my_oil": "float('nan')", "show": "None", "base_year": "None", "year": "[1, 2]",
        "log_axis": "{}", "strict": "'True'", "verdict_1, evidence_1": "None, None",
    },
    "nothing left": {"show": "[]", "base_year": "''", "year": "float('inf')"},
}
SENTENCES = {"not in the list": 7, "nonsense": 6, "nothing left": 3}
Run = Callable[..., tuple[list[Any], float, float]]


def _run(folder: Path, changes: dict[str, str]) -> tuple[list[Any], float, float]:
    """Run the lab in ``folder`` with ``changes``: its cells, the kernel's seconds of work, its peak in MB."""
    book = jupytext.read(LAB)
    for name, value in changes.items():
        line = re.compile(rf"(?m)^{re.escape(name)} = .*$")
        hits = [c for c in book.cells if c.cell_type == "code" and line.search(c.source)]
        assert hits, f"the lab has no line '{name} = ...'"
        hits[0].source = line.sub(f"{name} = {value}", hits[0].source, count=1)
    book.cells.append(nbformat.v4.new_code_cell(
        "import resource\nused = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"))
    client = nbclient.NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=120,
                                     resources={"metadata": {"path": str(folder)}})
    client.execute()
    seconds, megabytes = map(float, book.cells[-1].outputs[0].text.split())
    return book.cells[:-1], seconds, megabytes


def figures(cells: list[Any]) -> dict[str, dict[str, Any]]:
    """What each figure cell drew, by the name in its metadata."""
    drawn: dict[str, dict[str, Any]] = {}
    for cell in cells:
        name = str(((cell.metadata.get("mystnb") or {}).get("figure") or {}).get("name"))
        for output in cell.get("outputs", []):
            if PLOTLY in output.get("data", {}):
                drawn[name] = output["data"][PLOTLY]
    return drawn


def said(cells: list[Any]) -> str:
    """Everything the lab printed."""
    return "".join(o.text for c in cells for o in c.get("outputs", []) if o.output_type == "stream")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the lab, each choice once, in a folder with its package and data and no way to a network."""
    folder = tmp_path_factory.mktemp("alone")
    for part in ("seminar", "data"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "sitecustomize.py").write_text(
        "import socket\n"
        "connect = socket.socket.connect\n"
        "def only_here(self, address):\n"
        "    if isinstance(address, tuple) and not address[0].startswith('127.'):\n"
        "        raise OSError(f'network: {address}')\n"
        "    return connect(self, address)\n"
        "socket.socket.connect = only_here\n")
    done: dict[str, tuple[list[Any], float, float]] = {}

    def once(**changes: str) -> tuple[list[Any], float, float]:
        key = repr(changes)
        if key not in done:
            done[key] = _run(folder, changes)
        return done[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        yield once


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Run, choice: str) -> None:
    cells, _, _ = run(**CHANGES[choice])
    wrong = [o for c in cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert not wrong, [f"{o.ename}: {o.evalue}" for o in wrong]
    drawn = figures(cells)
    assert list(drawn) == FIGURES
    for name, figure in drawn.items():
        values = [v for t in figure["data"] for v in (t.get("x") if t.get("orientation") == "h" else t.get("y")) or []]
        assert values, f"{name} is empty"
        assert "nan" not in figure["layout"]["title"]["text"], figure["layout"]["title"]
    told = said(cells)
    answers = sum(told.count(words) for words in ("choices", "is not a number", "Nothing that can be drawn"))
    assert answers >= SENTENCES.get(choice, 0), told
    if choice in ("as written", "other choices", "no data"):
        assert "choices" not in told, told


def test_titles_follow_the_choice(run: Run) -> None:
    usual = figures(run()[0])
    changed = figures(run(**CHANGES["other choices"])[0])
    for name in ("fig-income", "fig-cities", "fig-industry", "fig-evidence"):
        assert usual[name]["layout"]["title"] != changed[name]["layout"]["title"], name
    assert usual["fig-money"]["layout"]["yaxis"]["type"] == "log"
    assert changed["fig-money"]["layout"].get("yaxis", {}).get("type") != "log"
    assert "Moscow no figure" in changed["fig-evidence"]["layout"]["title"]["text"]
    assert any(t.get("text") and "you: income" in t["text"] for t in changed["fig-income"]["data"])


def test_no_line_crosses_the_change_of_borders(run: Run) -> None:
    drawn = figures(run()[0])
    for name in ("fig-income", "fig-borders"):
        for trace in drawn[name]["data"]:
            pairs = list(zip(trace["x"], trace["y"], strict=True))
            for (year, value), (after, following) in pairwise(pairs):
                crossed = year < 1917.5 < after and value is not None and following is not None
                assert not crossed, f"{name}: {trace['name']} is joined from {year} to {after}"


def test_glue_does_not_depend_on_a_choice(run: Run) -> None:
    def glued(cells: list[Any]) -> dict[str, Any]:
        return {o.metadata["scrapbook"]["name"]: dict(o.data) for c in cells for o in c.get("outputs", [])
                if "scrapbook" in o.get("metadata", {})}

    usual = glued(run()[0])
    assert usual
    assert usual == glued(run(**CHANGES["other choices"])[0])


def test_numbers_in_the_opening_are_the_tables() -> None:
    economy = load("economy")
    moscow = economy[economy.series == "pop_moscow"].set_index("period").value
    opening = LAB.read_text(encoding="utf-8").split("# How far did Russia fall?")[1].split(":::")[0]
    for period in ("1917-02-14", "1920-08-26"):
        assert f"{moscow[period]:,.0f}" in opening


def test_a_lost_quotation_mark_or_an_unknown_word_is_answered_by_a_sentence(run: Run) -> None:
    for slip, sentence in (("tsar", "The word tsar means nothing here"), ("1914 or", "cannot be read")):
        cells, _, _ = run(base_year=slip)
        assert sentence in said(cells)
        assert not any("Traceback" in str(o) for c in cells for o in c.get("outputs", []))


def test_each_box_is_short_enough_to_read() -> None:
    for cell in jupytext.read(LAB).cells:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 20, cell.source
            assert max(map(len, lines)) <= 85, max(lines, key=len)


def test_restart_and_run_all_is_quick_and_small(run: Run) -> None:
    """The kernel's own seconds, so that a busy machine does not count."""
    runs = [run(), run(my_oil="None")]  # the same lab twice: the first may have to compile its packages
    seconds, megabytes = (min(column) for column in zip(*(r[1:] for r in runs), strict=True))
    assert seconds <= 4, f"{seconds:.1f} s"
    assert megabytes <= 300, f"{megabytes:.0f} MB"
