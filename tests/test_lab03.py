"""Lab 3 in a student's hands, and the counts of offices behind it."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial

from seminar import load
from seminar.offices import KINDS, PLACES, counted, held, offices, until_known
from seminar.politics import sitting

LAB = ROOT / "chapters/03-civil-war-lab.md"
FIGURES = ["fig-offices", "fig-count", "fig-ends", "fig-quarrels"]
THREE = ["Lenin", "Trotsky", "Stalin"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "lenin": "4", "day": "'1918-10-04'", "people": "['Stalin']", "kinds": "['army']", "ends": "'run'",
        "found": "{'Labour army': '1920-06-30', 'Agitprop': '1922-04-03'}",
    },
    "edges": {
        "day": "'1917-11-08'", "people": "['Krestinsky', 'Dzerzhinsky']", "kinds": "['elsewhere']", "ends": "'drop'",
        "found": "{'Labour army': '1917-11-08'}",
    },
    "not in the list": {
        "stalin": "'many'", "day": "'1941-06-22'", "people": "['Kutuzov']", "kinds": "'navy'", "ends": "'guess'",
        "found": "{'Kremlin': '1919-01-01', 'Labour army': 'soon'}",
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


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed, edges = (run(CHANGES[choice]).titles for choice in ("as written", "other choices", "edges"))
    assert usual["fig-count"] == "Most at once: Stalin 6, Trotsky 4, Lenin 3"
    assert changed["fig-count"].startswith("Most at once: Stalin 4")
    assert usual["fig-ends"] == "Offices on 1 January 1920: Stalin 5–8, Krestinsky 4, Trotsky 3–4"
    assert changed["fig-ends"].startswith("Offices on 4 October 1918: Stalin 2–4")
    assert usual["fig-offices"] == "Spells in office: Stalin 18, Trotsky 7, Lenin 4"
    assert "Dzerzhinsky" in edges["fig-offices"] and "Stalin" not in edges["fig-offices"]
    assert usual["fig-quarrels"] == "At least 5 of 6 quarrels fall while Stalin sat on an army council"


def test_the_numbers_of_the_chapter_do_not_depend_on_choices(run: Trial) -> None:
    usual = run().glued
    assert usual == run(CHANGES["other choices"]).glued == run(CHANGES["edges"]).glued
    assert {"war_lenin_most": "3", "war_trotsky_most": "4", "war_stalin_most": "6"}.items() <= usual.items()


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
    labour = rows[(rows.person == "stalin") & (rows.office == "Labour army")]
    assert list(labour.ended) == [False] and list(labour.end) == [pd.Timestamp("1920-03-15")]
    days = pd.DatetimeIndex(["1920-03-14", "1920-03-15", "1922-12-30"])
    for ends, there in (("cut", [1, 0, 0]), ("run", [1, 1, 1])):
        assert list(counted(until_known(labour, ends), days).Stalin) == there
    assert until_known(labour, "drop").empty


def test_offers_and_candidates_are_not_offices() -> None:
    rows = offices("1917-11-08", "1923-12-31")
    assert "Deputy" not in set(rows.office[rows.person == "trotsky"])
    assert rows[(rows.person == "molotov") & (rows.office == "Politburo")].empty
