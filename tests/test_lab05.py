"""Lab 5 in a student's hands, and the counts of seats and majorities behind it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial

from seminar import load
from seminar.choices import choose_day, choose_some
from seminar.politics import at_once, coalitions, sitting, spells, turnover

LAB = ROOT / "chapters/05-arena-lab.md"
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


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed = (run(CHANGES[choice]).titles for choice in ("as written", "other choices"))
    assert usual["fig-spans"] == "7 had a vote in the Politburo on 3 April 1922"
    assert "Orgburo on 15 March 1921" in changed["fig-spans"]
    assert usual["fig-overlap"].startswith("Stalin had") and changed["fig-overlap"].startswith("Krestinsky had")
    assert usual["fig-majorities"] == "Ways to make 4 of 7 votes: 35"
    assert changed["fig-majorities"] == "Ways to make 4 of 6 votes: 2"
    assert usual["fig-turnover"] == "1921: 1 of 5 left the Politburo, 3 of 3 the Secretariat"


def test_the_words_of_the_chapter_are_the_numbers_of_the_lab(run: Trial) -> None:
    """The chapter writes five, seven, three and two as words."""
    usual = run().glued
    assert usual == run(CHANGES["other choices"]).glued
    words = {"arena_politburo_1919": "5", "arena_politburo_1922": "7", "arena_trio_of_seven": "3",
             "arena_trio_of_six": "2"}
    assert {name: usual[name] for name in words} == words


def test_what_a_change_shows_is_what_the_words_say(run: Trial) -> None:
    """The boxes *What you should see*, and the steps for a pencil, against the lab with the values changed."""
    words = " ".join(LAB.read_text(encoding="utf-8").split())
    lenin, trio, foes = "['Lenin']", str(TRIO), "['Trotsky', 'Stalin']"
    steps = [{"absent": lenin}, {"absent": lenin, "together": trio}, {"absent": lenin, "together": trio, "apart": foes},
             {"together": trio, "apart": foes}, {"together": "['Lenin', 'Trotsky']"}]
    days = ["'1921-03-15'", "'1921-03-16'", "'1922-12-24'", "'1926-12-01'", "'1922-12-24'"]
    bodies = ["'politburo'", "'politburo'", "'secretariat'", "'politburo'", "'orgburo'"]
    ran = [run(step | {"day": day, "body": body}) for step, day, body in zip(steps, days, bodies, strict=True)]
    counts = [titled.titles["fig-majorities"].split(": ")[1] for titled in ran]
    assert "The title says {}, {}, {}, {} and {} in turn".format(*counts) in words
    for count, said in zip(counts, ("15 are left", "three are left", "two are left", "Four columns", "in 10 columns"),
                           strict=True):
        assert said in words, (count, said)
    assert f"from 20 columns to 10, but rises from {2000 / 35:.0f} to {1000 / 15:.0f} per cent" in words
    assert counts == ["15", "3", "2", "4", "15"]
    assert [titled.titles["fig-overlap"].split(" had")[0] for titled in ran[:2]] == ["Krestinsky", "Nobody"]
    assert [titled.titles["fig-spans"].split()[0] for titled in ran[2:]] == ["3", "8", "8"]
    assert "Three have a vote in the Secretariat and eight in the Orgburo" in words
    assert "the Politburo has eight votes" in words


def test_the_words_on_single_days_agree_with_the_table() -> None:
    unsure = sitting("orgburo", "1922-12-24").query("not certain").person
    assert set(unsure) == {"dzerzhinsky", "kaganovich"}
    seven = {name.lower() for name in SEVEN}
    then, later = sitting("politburo", "1922-12-24", "member"), sitting("politburo", "1926-12-01", "member")
    assert set(then.person) == seven
    assert set(later.person) & seven == {"stalin", "rykov", "tomsky"}
    assert not set(sitting("secretariat", "1921-03-15").person) & set(sitting("secretariat", "1921-03-16").person)
    # "Where *To* is empty, the seat was still held when the table ends, with 1929."
    rows = load("memberships").query("body in ('politburo', 'orgburo', 'secretariat')")
    assert rows[rows.end.isna()].end_reason.isna().all()


def test_the_four_with_lenin_back_are_those_the_words_name() -> None:
    sides = coalitions(SEVEN, together=TRIO, apart=["Stalin", "Trotsky"])
    assert {"Lenin", "Trotsky", "Rykov", "Tomsky"} in [set(side) for side in sides]
    fourth = [set(side) - set(TRIO) for side in sides if "Stalin" in side]
    assert fourth == [{"Lenin"}, {"Rykov"}, {"Tomsky"}]
    both = [side for side in coalitions(SEVEN) if {"Lenin", "Trotsky"} <= set(side)]
    neither = [side for side in coalitions(SEVEN) if not {"Lenin", "Trotsky"} & set(side)]
    assert (len(both), len(neither)) == (10, 5)


def test_a_bloc_that_wins_alone_is_one_majority(run: Trial) -> None:
    five = ["Lenin", "Trotsky", "Stalin", "Zinoviev", "Kamenev"]
    assert coalitions(SEVEN, together=five) == [tuple(five)]
    assert coalitions(SEVEN, together=SEVEN) == [tuple(SEVEN)]
    assert coalitions(SEVEN, together=five, apart=["Lenin", "Trotsky"]) == []
    drawn = run({"together": str(five)})
    assert drawn.titles["fig-majorities"] == "Ways to make 4 of 7 votes: 1"


@pytest.mark.parametrize("together", [size for n in range(8) for size in [SEVEN[:n]]], ids=len)
@pytest.mark.parametrize("voters", [SEVEN, SEVEN[1:], SEVEN[:2]], ids=len)
def test_a_smallest_majority_falls_when_anybody_leaves(voters: list[str], together: list[str]) -> None:
    """Against a definition written out: every set of voters that wins and that no one and no bloc can leave."""
    bloc = set(together) & set(voters)
    wins = [set(side) for n in range(len(voters) + 1) for side in combinations(voters, n) if 2 * n > len(voters)]
    whole = [side for side in wins if not bloc & side or bloc <= side]
    leave = {one: bloc if one in bloc else {one} for one in voters}
    least = [side for side in whole if not any(side - leave[one] in wins for one in side)]
    found = [set(side) for side in coalitions(voters, together=together)]
    assert len(found) == len(least) and all(side in least for side in found)


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


def test_the_answers_are_what_the_lists_say() -> None:
    """The boxes *What we see*."""
    words = " ".join(LAB.read_text(encoding="utf-8").split())
    first = set(sitting("politburo", "1919-03-25", "member").person)
    rows = load("memberships").query("body == 'politburo' and role == 'member'").set_index("person")
    last = rows.end[rows.index.isin(first) & (rows.start == "1919-03-25")]
    assert list(last[last.isna()].index) == ["stalin"]
    assert last.dropna().astype(str).idxmax() == "trotsky" and last["trotsky"] == "1926-10-23"
    assert "Trotsky was the last to leave, on 23 October 1926." in words
    chiefs = load("memberships").query("body == 'secretariat' and role == 'general secretary'")
    assert chiefs.start.min() == "1922-04-03"
    assert [len(sitting("politburo", day, "member")) for day in ("1921-03-15", "1922-04-03")] == [5, 7]
    new = {body: (rows.new / (rows.new + rows.stayed)).set_axis(rows.year)
           for body, rows in ((body, turnover(body)) for body in ("politburo", "secretariat"))}
    assert new["politburo"].max() <= 1 / 3
    assert (len(new["secretariat"]), (new["secretariat"] > 1 / 2).sum()) == (7, 5)
    assert turnover("politburo").set_index("year").new.nlargest(1, keep="all").to_dict() == {"1925": 3}


def test_the_table_of_firm_rows_has_all_three_bodies(run: Trial) -> None:
    table = run().figures["fig-firm"]["layout"]["meta"]["table"]
    assert table["columns"] == ["Body", "From the month", "Seats with a vote, all rows", "The weak left out"]
    assert {row[0] for row in table["rows"]} == {"Politburo", "Orgburo", "Secretariat"}
    assert ["Politburo", "1922-04", 7, 6] in table["rows"]


def test_the_guess_stands_beside_the_answer(run: Trial) -> None:
    assert "You: 35 from seven. Here: 35 from seven, 15 from six." in run(CHANGES["other choices"]).said


def test_everybody_absent_is_told(run: Trial) -> None:
    assert "Nobody is left to vote, so this run lets all seven vote." in run(CHANGES["edges"]).said
    strange = run(CHANGES["not in the list"])
    assert "so this run uses nobody." in strange.said
    assert "Nobody is left" not in strange.said


def test_names_are_known_as_the_lists_print_them(run: Trial) -> None:
    printed = list(load("people").set_index("person").name[[name.lower() for name in SEVEN]])
    for name, surname in zip(printed, SEVEN, strict=True):
        assert choose_some([name], *SEVEN, "nobody") == [surname]
    for name in sitting("politburo", "1922-04-03", "candidate").name:
        assert choose_some([name], "Kalinin", "Bukharin", "Molotov", "nobody") == [name.split()[-1]]
    assert run({"absent": repr([printed[0]])}).titles["fig-majorities"] == "Ways to make 4 of 6 votes: 15"


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


@pytest.mark.parametrize("value", ["1922", "24 December 1922", None, "1922-02-30", "1918-01-01", []])
def test_what_is_not_a_day_is_answered_by_a_sentence(value: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert choose_day(value, "1919-03-25", "1927-12-31", "1922-04-03") == "1922-04-03"
    assert "is not a day from" in capsys.readouterr().out
    assert choose_day(" 1922-12-24 ", "1919-03-25", "1927-12-31", "1922-04-03") == "1922-12-24"


def test_a_day_without_quotation_marks_is_answered_by_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert choose_day(1922 - 12 - 24, "1919-03-25", "1927-12-31", "1922-04-03") == "1922-04-03"
    assert 'Put the day in quotation marks: "1922-04-03"' in capsys.readouterr().out
