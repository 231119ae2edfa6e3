"""Lab 5 in a student's hands, and the counts of seats and majorities behind it."""

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
from seminar.choices import choose_day
from seminar.politics import at_once, coalitions, sitting, spells, turnover

LAB = ROOT / "chapters/05-arena-lab.md"
PLOTLY = "application/vnd.plotly.v1+json"
FIGURES = ["fig-spans", "fig-three", "fig-overlap", "fig-turnover", "fig-majorities", "fig-firm"]
SEVEN = ["Lenin", "Trotsky", "Stalin", "Zinoviev", "Kamenev", "Rykov", "Tomsky"]
TRIO = ["Stalin", "Zinoviev", "Kamenev"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_fours_from_seven": "35", "day": "'1921-03-15'", "body": "'Orgburo'", "absent": "['Lenin']",
        "together": str(TRIO), "apart": "['Trotsky', 'Stalin']", "friends": "[]",
    },
    "edges": {"day": "'1919-03-25'", "body": "'secretariat'", "absent": str(SEVEN), "together": "['Lenin']"},
    "not in the list": {
        "my_fours_from_seven": "'many'", "day": "'1941-06-22'", "body": "'Cheka'", "absent": "['Bukharin']",
        "together": "'Stalin'", "apart": "7", "friends": "'Trotsky'",
    },
    "nonsense": {
        "my_fours_from_six": "[]", "day": "None", "body": "{}", "absent": "None", "together": "float('nan')",
        "apart": "[None, 'Lenin']",
    },
}
SENTENCES = {"not in the list": ["'many' is not a number", "'1941-06-22' is not a day from", "'Cheka' is not one of",
                                 "Not among the choices: 'Bukharin'"],
             "nonsense": ["None is not a day from", "{} is not one of"]}
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
    usual, changed = ({name: f["layout"]["title"]["text"] for name, f in _figures(run(choice)).items()}
                      for choice in ("as written", "other choices"))
    assert usual["fig-spans"] == "7 had a vote in the Politburo on 3 April 1922"
    assert "Orgburo on 15 March 1921" in changed["fig-spans"]
    assert usual["fig-overlap"].startswith("Stalin had") and changed["fig-overlap"].startswith("Krestinsky had")
    assert usual["fig-majorities"] == "Ways to make 4 of 7 votes: 35"
    assert changed["fig-majorities"] == "Ways to make 4 of 6 votes: 2"
    assert usual["fig-turnover"] == "1921: 1 of 5 left the Politburo, 3 of 3 the Secretariat"


def test_the_words_of_the_chapter_are_the_numbers_of_the_lab(run: Run) -> None:
    """The chapter writes five, seven, three and two as words."""
    usual = _glued(run("as written"))
    assert usual == _glued(run("other choices"))
    words = {"arena_politburo_1919": "5", "arena_politburo_1922": "7", "arena_trio_of_seven": "3",
             "arena_trio_of_six": "2"}
    assert {name: usual[name] for name in words} == words


def test_majorities_of_equal_votes_are_shared_equally() -> None:
    for voters, ways, each in ((SEVEN, 35, 20), (SEVEN[1:], 15, 10)):
        sides = coalitions(voters)
        assert len(sides) == ways
        assert {sum(name in side for side in sides) for name in voters} == {each}


def test_blocs_stand_together_or_not_at_all() -> None:
    for side in coalitions(SEVEN, together=TRIO, apart=["Stalin", "Trotsky"]):
        assert len(set(TRIO) & set(side)) in (0, 3)
        assert not {"Stalin", "Trotsky"} <= set(side)
    left = coalitions(SEVEN[1:], together=TRIO, apart=["Stalin", "Trotsky"])
    assert [set(side) - set(TRIO) for side in left] == [{"Rykov"}, {"Tomsky"}]


@pytest.mark.parametrize("body", ["politburo", "orgburo", "secretariat"])
@pytest.mark.parametrize("day", ["1919-11-29", "1921-03-15", "1921-03-16", "1924-06-01", "1927-12-01"])
def test_spells_agree_with_who_sat_on_a_day(body: str, day: str) -> None:
    rows, when = spells(body), pd.Timestamp(day)
    assert set(rows.person[(rows.start <= when) & (when < rows.end)]) == set(sitting(body, day).person)


def test_a_row_is_weak_only_where_nothing_better_stands_beside() -> None:
    sources = load("memberships").query("body == 'politburo'").set_index("membership").source
    weak = set(spells("politburo").query("weak").person)
    assert sources["politburo-kamenev-1919"] == "archontology wikipedia-en" and "kamenev" in weak
    assert "plenum1922" in sources["politburo-rykov-1922"] and "rykov" not in weak


def test_three_seats_at_once() -> None:
    three = at_once(["politburo", "orgburo", "secretariat"])
    voted = three[three.votes].set_index("person")
    assert voted.start["krestinsky"] == pd.Timestamp("1919-11-29")
    assert voted.end["krestinsky"] == pd.Timestamp("1921-03-16")
    assert voted.start["stalin"] == pd.Timestamp("1922-04-03")
    assert not three.loc[three.person == "rudzutak", "votes"].any()


def test_turnover_adds_up() -> None:
    for body in ("politburo", "secretariat"):
        rows = turnover(body)
        size = rows.stayed + rows.new
        assert (size.iloc[:-1].to_numpy() == (rows.stayed + rows.gone).iloc[1:].to_numpy()).all()
    assert turnover("politburo").set_index("year").new["1922"] == 2


@pytest.mark.parametrize("value", ["1922", "24 December 1922", None, 7, "1922-02-30", "1918-01-01", []])
def test_what_is_not_a_day_is_answered_by_a_sentence(value: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert choose_day(value, "1919-03-25", "1927-12-31", "1922-04-03") == "1922-04-03"
    assert "is not a day from" in capsys.readouterr().out
    assert choose_day(" 1922-12-24 ", "1919-03-25", "1927-12-31", "1922-04-03") == "1922-12-24"


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
