"""Lab 7 in a student's hands, and the table of Lenin's outbox behind it."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial, boxes

from seminar import load
from seminar.outbox import SUBJECTS, outbox, ranked, received, silence

LAB = ROOT / "chapters/07-georgia-lab.md"
CHAPTER = ROOT / "chapters/07-georgia.md"
FIGURES = ["fig-outbox-days", "fig-outbox-people", "fig-outbox-union", "fig-outbox-basis"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_letters_on_the_union": "12", "my_days_of_silence": "'30'", "named_too": "True", "only": "'all'",
        "subject": "'trade'", "copies": "True",
    },
    "his hand": {"his_hand_only": "True"},
    "one subject": {"only": "'union'", "named_too": "True"},
    "hardly anything": {"only": "'personal'", "his_hand_only": "True"},
    "another subject in red": {"only": "'caucasus'", "subject": "'union'"},
    "many": {"subject": "'economy'", "copies": "True"},
    "not in the list": {
        "my_letters_on_the_union": "900", "my_days_of_silence": "'long'", "named_too": "'perhaps'", "only": "'Russia'",
        "subject": "'war'", "copies": "3",
    },
    "nonsense": {
        "my_letters_on_the_union": "[]", "named_too": "None", "his_hand_only": "{}", "only": "None", "subject": "7",
        "copies": "[1, 2]",
    },
}
SENTENCES = {
    "not in the list": ["900 is not a number", "'long' is not a number", "'perhaps' is not one of", "'Russia' is not",
                        "'war' is not one of", "3 is not one of"],
    "nonsense": ["[] is not a number", "None is not one of", "{} is not one of", "7 is not one of"],
}  # fmt: skip
WITH_COPIES, WITH_NAMED = "Kamenev 18, Stalin 18, Trotsky 9", "7 in all, to Kamenev 2, to Stalin 1"
#: What the page tells of a change: the change, its figure, what the title then says, what the box says.
TOLD: list[tuple[dict[str, str], str, list[str], list[str]]] = [
    ({"his_hand_only": "True"}, "fig-outbox-days", ["18 days without a letter in his own hand", "November"],
     ["66 things", "18 days without a letter in his own hand", "in November"]),
    ({"copies": "True"}, "fig-outbox-people", [WITH_COPIES], [WITH_COPIES]),
    ({"named_too": "True"}, "fig-outbox-union", [WITH_NAMED], [WITH_NAMED]),
    ({"only": "'trade'"}, "fig-outbox-basis", ["1 of 2 in Oct, 4 of 9 in Dec"], ["11 texts", "1 of 2", "4 of 9"]),
]


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed = run().titles, run(CHANGES["other choices"]).titles
    assert usual["fig-outbox-days"] == "73 days without a letter, 22 December to 4 March"
    assert usual["fig-outbox-people"] == "Most letters: Stalin 15, Kamenev 12, Trotsky 8"
    assert usual["fig-outbox-union"] == "On the union: 6 in all, to Kamenev 2, to Stalin none"
    assert changed["fig-outbox-union"].startswith("On foreign trade: 12 in all, to Trotsky 5")
    assert usual["fig-outbox-people"] != changed["fig-outbox-people"]


def test_every_change_is_told_on_the_page() -> None:
    assert len(boxes(LAB)) == LAB.read_text(encoding="utf-8").count("\n**Change.**") == len(TOLD)


@pytest.mark.parametrize(("change", "figure", "title", "box"), TOLD)
def test_what_a_change_shows_is_what_the_page_says(
    run: Trial, change: dict[str, str], figure: str, title: list[str], box: list[str]
) -> None:
    drawn, told = run(change).titles[figure], boxes(LAB)[FIGURES.index(figure)]
    assert [words for words in title if words not in drawn] == [], drawn
    assert [words for words in box if words not in told] == []


def test_a_title_says_which_letters_it_counts(run: Trial) -> None:
    one, few = run(CHANGES["one subject"]).titles, run(CHANGES["another subject in red"]).titles
    assert one["fig-outbox-days"].split(", ")[0] == "84 days without a letter on the union"
    assert one["fig-outbox-people"].startswith("Most letters on the union: Kamenev 2")
    assert run(CHANGES["his hand"]).titles["fig-outbox-union"].startswith("On the union, in his own hand: 2 in all")
    assert few["fig-outbox-basis"] == "In his own hand: 2 of 2 in Oct"


def test_glue_does_not_depend_on_a_choice(run: Trial) -> None:
    assert run().glued
    assert run().glued == run(CHANGES["one subject"]).glued


def test_every_point_says_what_it_shows(run: Trial) -> None:
    for name, figure in run().figures.items():
        for trace in figure["data"]:
            if trace.get("hoverinfo") != "skip":
                assert trace.get("hovertemplate") or trace.get("hovertext"), (name, trace.get("name"))


def test_required_steps_fit_their_time() -> None:
    steps = re.findall(r"(?m)^## .*\((\d+) minutes\)$", LAB.read_text(encoding="utf-8"))
    assert 30 <= sum(map(int, steps)) <= 35


# ---------------------------------------------------------------- the table and the words about it


def test_the_numbers_in_the_words_are_the_table() -> None:
    table = outbox()
    printed = table[table.standing == "printed"]
    page = LAB.read_text(encoding="utf-8")
    assert len(printed) == 130 and "the edition prints 130 things" in page
    assert (printed.day.isna()).sum() == 10 and "Ten printed letters have no certain day" in page
    assert (printed.basis == "hand").sum() == 66
    assert table.standing.isin(["named", "quoted"]).sum() == 8 and "eight messages of these months" in page
    union = printed[printed.group == "union"]
    assert list(union.label) == ["26 Sep", "6 Oct", "21 Oct", "10 Dec", "5 Mar", "6 Mar"]
    assert not union.to.str.contains("Stalin").any()
    trotsky = received(printed).query("person == 'Trotsky'")
    assert list(trotsky.label) == ["25 Nov", "25 Nov", "12 Dec", "13 Dec", "15 Dec", "15 Dec", "21 Dec", "5 Mar"]
    assert (trotsky.first_printed == "not stated").sum() == 6
    last = printed[printed.basis == "hand"].day.max()
    assert last == pd.Timestamp("1922-12-15")


def test_the_rings_in_the_long_gap_are_those_the_words_count() -> None:
    table = outbox()
    rings = table[table.standing.isin(["dictation", "spoken"])]
    spans = zip(rings.date_start, rings.date_end, strict=True)
    days = {day for start, end in spans for day in pd.date_range(start, end)}
    assert sum(day.year == 1922 for day in days) == 9 and sum(day.year == 1923 for day in days) == 20
    red = rings[rings.group == "union"]
    assert sorted(red.date) == ["1922-12-30", "1922-12-31", "1923-01-24", "1923-02-01", "1923-02-05", "1923-02-14"]
    assert "Six of them are red" in LAB.read_text(encoding="utf-8")


def test_the_bases_in_the_words_are_the_table() -> None:
    printed = outbox().query("standing == 'printed'")
    counts = pd.crosstab(printed.month, printed.basis == "hand")
    description = LAB.read_text(encoding="utf-8").split("name: fig-outbox-basis")[1].split("source:")[0]
    for month, name in (("Sep", "September"), ("Oct", "October"), ("Nov", "November"), ("Dec", "December")):
        said = f"n {name} {int(counts[True][month])} of {int(counts.sum(axis=1)[month])}"
        assert said in description, said
    trade = printed[printed.group == "trade"]
    assert trade.basis.isin(["hand", "signed"]).sum() == 6 and len(trade) == 11
    union = printed[printed.group == "union"]
    assert (union.basis == "hand").sum() == 2 and (~union.basis.isin(["hand", "signed"])).sum() == 4


def test_names_are_split_and_bodies_left_out() -> None:
    table = outbox()
    people = set(received(table[table.standing == "printed"], copies=True).person)
    assert {"Tsintsadze", "Kavtaradze", "Orakhelashvili", "Mdivani"} <= people
    assert not [name for name in people if ";" in name or name[0].islower() or "Politburo" in name]
    assert received(table, bodies=True).person.str.islower().any()
    assert set(table.group) <= set(SUBJECTS)


def test_a_silence_is_measured_between_days() -> None:
    days = pd.to_datetime(["1922-09-01", "1922-09-02", "1922-09-10"])
    assert silence(days) == (7, pd.Timestamp("1922-09-03"), pd.Timestamp("1922-09-09"))
    assert silence(days[:1])[0] == 0 and silence([])[0] == 0
    assert list(ranked(pd.Series(["b", "a", "a", "c"])).items()) == [("a", 2), ("b", 1), ("c", 1)]


def test_rows_that_stand_in_both_tables_agree() -> None:
    """A letter of the register that the outbox has too has one date and one page in both."""
    box = outbox().query("standing == 'printed'").assign(
        at=lambda t: "PSS " + t.volume.astype(str) + ": " + t.pages.astype(str)
    )
    register = load("letters").query("author == 'lenin'")
    both = register.assign(at=register.printed.astype(str).str.split(";").str[0]).merge(box, on="at")
    assert len(both) >= 12
    differ = both[both.date_x != both.date_y]
    assert differ.empty, differ[["letter", "item", "date_x", "date_y"]]


def test_the_chapter_and_the_lab_tell_one_number() -> None:
    words = " ".join(CHAPTER.read_text(encoding="utf-8").split())
    for name in ("outbox_printed", "outbox_silence", "outbox_union"):
        assert f"07-georgia-lab.md::{name}" in words
