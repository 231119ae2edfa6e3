"""Lab 4 in a student's hands: copied alone, run without a network, with good and silly values."""

from __future__ import annotations

from itertools import pairwise

import pytest
from conftest import ROOT
from trial import Trial

from seminar import load

LAB = ROOT / "chapters/04-ruin-lab.md"
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


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    ran = run(CHANGES[choice])
    ran.answers(FIGURES, silent=choice in ("as written", "other choices", "no data"))
    for name, figure in ran.figures.items():
        values = [v for t in figure["data"] for v in (t.get("x") if t.get("orientation") == "h" else t.get("y")) or []]
        assert values, f"{name} is empty"
    answers = sum(ran.said.count(words) for words in ("choices", "is not a number", "Nothing that can be drawn"))
    assert answers >= SENTENCES.get(choice, 0), ran.said


def test_titles_follow_the_choice(run: Trial) -> None:
    usual = run().figures
    changed = run(CHANGES["other choices"]).figures
    for name in ("fig-income", "fig-cities", "fig-industry", "fig-evidence"):
        assert usual[name]["layout"]["title"] != changed[name]["layout"]["title"], name
    assert usual["fig-money"]["layout"]["yaxis"]["type"] == "log"
    assert changed["fig-money"]["layout"].get("yaxis", {}).get("type") != "log"
    assert "Moscow no figure" in changed["fig-evidence"]["layout"]["title"]["text"]
    assert any(t.get("text") and "you: income" in t["text"] for t in changed["fig-income"]["data"])


def test_no_line_crosses_the_change_of_borders(run: Trial) -> None:
    drawn = run().figures
    for name in ("fig-income", "fig-borders"):
        for trace in drawn[name]["data"]:
            pairs = list(zip(trace["x"], trace["y"], strict=True))
            for (year, value), (after, following) in pairwise(pairs):
                crossed = year < 1917.5 < after and value is not None and following is not None
                assert not crossed, f"{name}: {trace['name']} is joined from {year} to {after}"


def test_glue_does_not_depend_on_a_choice(run: Trial) -> None:
    assert run().glued
    assert run().glued == run(CHANGES["other choices"]).glued


def test_numbers_in_the_opening_are_the_tables() -> None:
    economy = load("economy")
    moscow = economy[economy.series == "pop_moscow"].set_index("period").value
    opening = LAB.read_text(encoding="utf-8").split("# How far did Russia fall?")[1].split(":::")[0]
    for period in ("1917-02-14", "1920-08-26"):
        assert f"{moscow[period]:,.0f}" in opening


def test_a_lost_quotation_mark_or_an_unknown_word_is_answered_by_a_sentence(run: Trial) -> None:
    for slip, sentence in (("tsar", "The word tsar means nothing here"), ("1914 or", "cannot be read")):
        ran = run({"base_year": slip})
        assert sentence in ran.said
        assert "Traceback" not in str(ran.outputs)
