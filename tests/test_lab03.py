"""Lab 3 in a student's hands, and the counts of offices behind it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat
import pandas as pd
import pytest
from conftest import ROOT

from seminar import load
from seminar.offices import KINDS, PLACES, counted, held, offices, until_known
from seminar.politics import sitting

LAB = ROOT / "chapters/03-civil-war-lab.md"
PLOTLY = "application/vnd.plotly.v1+json"
FIGURES = ["fig-offices", "fig-count", "fig-ends", "fig-quarrels"]
THREE = ["Lenin", "Trotsky", "Stalin"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "lenin": "4", "day": "'1918-10-04'", "people": "['Stalin']", "kinds": "['army']", "ends": "'run'",
        "found": "{'Republic': '1919-07-08', 'Agitprop': '1922-04-03'}",
    },
    "edges": {
        "day": "'1917-11-08'", "people": "['Krestinsky', 'Dzerzhinsky']", "kinds": "['elsewhere']", "ends": "'drop'",
        "found": "{'Republic': '1917-11-08'}",
    },
    "not in the list": {
        "stalin": "'many'", "day": "'1941-06-22'", "people": "['Kutuzov']", "kinds": "'navy'", "ends": "'guess'",
        "found": "{'Kremlin': '1919-01-01', 'Republic': 'soon'}",
    },
    "nonsense": {
        "trotsky": "[]", "day": "None", "people": "{}", "kinds": "None", "ends": "float('nan')", "found": "7",
    },
}
SENTENCES = {
    "not in the list": ["'many' is not a number", "'1941-06-22' is not a day from", "Not among the choices: 'Kutuzov'",
                        "'guess' is not one of", "is called 'Kremlin'", "'soon' is not a day from"],
    "nonsense": ["None is not a day from", "nan is not one of"],
}
Run = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the lab, each choice once, in a folder with nothing but its package and data."""
    folder = tmp_path_factory.mktemp("alone")
    for part in ("seminar", "data"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    done: dict[str, list[Any]] = {}

    def once(choice: str) -> list[Any]:
        if choice not in done:
            done[choice] = _run(folder, CHANGES[choice])
        return done[choice]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        yield once


def _run(folder: Path, changes: dict[str, str]) -> list[Any]:
    book = jupytext.read(LAB)
    for name, value in changes.items():
        line = re.compile(rf"(?m)^{re.escape(name)} = .*$")
        cell = next((c for c in book.cells if c.cell_type == "code" and line.search(c.source)), None)
        assert cell is not None, f"the lab has no line '{name} = ...'"
        cell.source = line.sub(f"{name} = {value}", cell.source, count=1)
    book.cells.append(nbformat.v4.new_code_cell(
        "import resource\nused = resource.getrusage(resource.RUSAGE_SELF)\nprint(used.ru_utime + used.ru_stime)"))
    client = nbclient.NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=120,
                                     resources={"metadata": {"path": str(folder)}})
    client.execute()
    return list(book.cells)


def _figures(cells: list[Any]) -> dict[str, dict[str, Any]]:
    drawn: dict[str, dict[str, Any]] = {}
    for cell in cells:
        name = str(((cell.metadata.get("mystnb") or {}).get("figure") or {}).get("name"))
        for output in cell.get("outputs", []):
            if PLOTLY in output.get("data", {}):
                drawn[name] = output["data"][PLOTLY]
    return drawn


def _said(cells: list[Any]) -> str:
    return "".join(o.text for c in cells for o in c.get("outputs", []) if o.output_type == "stream")


def _glued(cells: list[Any]) -> dict[str, str]:
    return {o.metadata["scrapbook"]["name"]: next(iter(o.data.values())) for c in cells for o in c.get("outputs", [])
            if "scrapbook" in o.get("metadata", {})}


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Run, choice: str) -> None:
    cells = run(choice)
    wrong = [o for c in cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert not wrong, [f"{o.ename}: {o.evalue}" for o in wrong]
    assert list(_figures(cells)) == FIGURES
    told = _said(cells)
    for sentence in SENTENCES.get(choice, []):
        assert sentence in told, told
    if choice not in SENTENCES:
        assert "choices" not in told, told


def test_titles_follow_the_choice(run: Run) -> None:
    usual, changed, edges = ({name: f["layout"]["title"]["text"] for name, f in _figures(run(choice)).items()}
                             for choice in ("as written", "other choices", "edges"))
    assert usual["fig-count"] == "Most at once: Stalin 5, Trotsky 4, Lenin 3"
    assert changed["fig-count"].startswith("Most at once: Stalin 6")
    assert usual["fig-ends"] == "Offices on 1 January 1920: Stalin 5–11, Krestinsky 4, Trotsky 3–4"
    assert changed["fig-ends"].startswith("Offices on 4 October 1918: Stalin 2–4")
    assert usual["fig-offices"] == "Spells in office: Stalin 17, Trotsky 7, Lenin 4"
    assert "Dzerzhinsky" in edges["fig-offices"] and "Stalin" not in edges["fig-offices"]
    assert usual["fig-quarrels"] == "4 of 6 quarrels fall while Stalin sat on an army council"


def test_the_numbers_of_the_chapter_do_not_depend_on_choices(run: Run) -> None:
    usual = _glued(run("as written"))
    assert usual == _glued(run("other choices")) == _glued(run("edges"))
    assert {"war_lenin_most": "3", "war_trotsky_most": "4", "war_stalin_most": "5"}.items() <= usual.items()


def test_every_office_of_these_years_has_a_kind() -> None:
    rows = offices()
    assert set(rows.kind) == set(KINDS)
    posts = load("posts")
    known = set(posts.institution) | set(load("memberships").body)
    assert set(PLACES) <= known, "a place that no table names"


@pytest.mark.parametrize("day", ["1919-03-25", "1921-03-16", "1922-04-03"])
def test_seats_with_a_vote_are_those_of_the_party_bodies(day: str) -> None:
    rows = held(offices(), day)
    for body, short in (("politburo", "Politburo"), ("orgburo", "Orgburo"), ("secretariat", "Secretariat")):
        sat = sitting(body, day)
        sure = sat[sat.certain & ~sat.role.str.startswith("candidate")]
        assert set(rows.person[rows.office == short]) == set(sure.person)


def test_an_end_that_nobody_read_is_cut_run_or_dropped() -> None:
    rows = offices()
    republic = rows[(rows.person == "stalin") & (rows.office == "Republic")]
    assert list(republic.ended) == [False] and list(republic.end) == [pd.Timestamp("1918-10-09")]
    days = pd.DatetimeIndex(["1918-10-08", "1918-10-09", "1922-12-30"])
    for ends, there in (("cut", [1, 0, 0]), ("run", [1, 1, 1])):
        assert list(counted(until_known(republic, ends), days).Stalin) == there
    assert until_known(republic, "drop").empty


def test_offers_and_candidates_are_not_offices() -> None:
    rows = offices("1917-11-08", "1923-12-31")
    assert "Deputy" not in set(rows.office[rows.person == "trotsky"])
    assert rows[(rows.person == "molotov") & (rows.office == "Politburo")].empty


def test_each_box_is_short_enough_to_read() -> None:
    for cell in jupytext.read(LAB).cells:
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", []):
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 20, cell.source
            assert max(map(len, lines)) <= 85, max(lines, key=len)


def test_restart_and_run_all_is_quick(run: Run) -> None:
    """The kernel's own seconds, so that a busy machine does not count."""
    quickest = min(float(run(choice)[-1].outputs[0].text) for choice in CHANGES)
    assert quickest <= 4, f"{quickest:.1f} s"
