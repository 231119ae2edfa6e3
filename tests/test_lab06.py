"""Lab 6 in a student's hands, and the sums and views behind it."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from trial import Trial

from seminar import load

LAB = ROOT / "chapters/06-monopoly-lab.md"
CHAPTER = ROOT / "chapters/06-monopoly.md"
FIGURES = ["fig-wedge", "fig-leak", "fig-flax", "fig-trade", "fig-sides"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_price": "9", "my_leak": "50", "unit": "'kilogram'", "freight": "3", "duty": "140", "leak": "60",
        "year": "1924", "own_only": "True", "customs_leak": "[0, 20]",
    },
    "edges": {"my_price": "100", "freight": "50", "duty": "0", "leak": "100", "year": "1913", "customs_leak": "100"},
    "too much": {"duty": "500", "leak": "0", "unit": "'ton'", "my_price": "0"},
    "not in the list": {
        "my_price": "'much'", "unit": "'pound'", "freight": "'free'", "duty": "-1", "leak": "101", "year": "1918",
        "own_only": "'yes'", "customs_leak": "['half']",
    },
    "nonsense": {"my_leak": "[]", "unit": "None", "freight": "{}", "duty": "None", "leak": "float('nan')",
                 "year": "'now'", "own_only": "3", "customs_leak": "None"},
}
SENTENCES = {
    "not in the list": ["'much' is not a number", "'pound' is not one of", "'free' is not a number",
                        "-1 is not a number from 0 to 500", "1918 is not one of the choices: 1913, 1914",
                        "'yes' is not one of"],
    "nonsense": ["None is not one of the choices: pood", "{} is not a number", "'now' is not one of"],
}  # fmt: skip


@pytest.fixture(scope="module")
def words() -> str:
    return " ".join(LAB.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed = (run(CHANGES[choice]).titles for choice in ("as written", "other choices"))
    assert usual["fig-wedge"] == "Abroad flax is 3.1 times as dear, grain 5.2 to 7.0 times"
    assert usual["fig-leak"] == "53 of 100 may leak before the duty earns more"
    assert usual["fig-flax"] == "The gap comes to at most 16.9 million rubles"
    assert changed["fig-flax"] == "By the kilogram, the flax would outsell all exports of the year"
    assert usual["fig-trade"] == "1922: imports 3.3 times exports; exports 5 per cent of 1913"
    assert changed["fig-trade"] == "1924: exports 1.6 times imports; exports 21 per cent of 1913"
    assert usual["fig-sides"] == "On both sides within the year: Stalin, Zinoviev, Kamenev, Frumkin"
    assert changed["fig-sides"] == "On both sides within the year: Stalin"
    assert run(CHANGES["edges"]).titles["fig-leak"].startswith("The freight eats the whole gap")
    assert run(CHANGES["too much"]).titles["fig-leak"].startswith("The duty is more than the gap")


def test_glue_does_not_depend_on_a_choice(run: Trial) -> None:
    usual = run().glued
    assert usual == run(CHANGES["other choices"]).glued == run(CHANGES["nonsense"]).glued
    assert (usual["mono_people"], usual["mono_crossed"]) == ("13", "4")


def test_what_a_change_of_duty_shows_is_what_the_words_say(run: Trial, words: str) -> None:
    """The steps on the screen and with a pencil, against the lab with the values changed."""
    steps = [{"freight": "3"}, {"freight": "3", "duty": "140"}, {"freight": "3", "duty": "150"}, {"duty": "211"}]
    titles = [run(step).titles["fig-leak"] for step in steps]
    assert [title.split()[0] for title in titles] == ["31", "3", "The", "0"]
    assert "The title says 31; then 3; then that nobody would pay the duty" in words
    assert "With no freight and 211 per cent it says 0" in words
    assert "it starts at 650 and crosses the level line at 31" in words
    assert "lifts that line to 630, and they cross at 3" in words
    table = run(steps[1]).figures["fig-leak"]["layout"]["meta"]["table"]["rows"]
    assert table[0] == [0, pytest.approx(650), pytest.approx(630)]


def test_where_the_lines_cross_both_systems_bring_the_same(run: Trial) -> None:
    rows = run().figures["fig-leak"]["layout"]["meta"]["table"]["rows"]
    before, after = (next(r for r in rows if r[0] == leak) for leak in (50, 55))
    assert before[1] > before[2] == after[2] > after[1]


def test_the_units_are_ruled_out_as_the_words_say(run: Trial, words: str) -> None:
    sold = {unit: run({"unit": f"'{unit}'"}).said.split("The flax would have sold for ")[1]
            for unit in ("kilogram", "pood", "ton")}
    share = {unit: int(said.split(", ")[1].split()[0]) for unit, said in sold.items()}
    assert share["kilogram"] > 500 > 100 > share["pood"]
    assert "more than five times all exports" in words
    assert "they were worth some 385 and 38 rubles" in words
    before = 6.3 / 16.3805
    assert (round(1000 * before, -0) // 1, round(100 * before)) == (385, 38)


def test_the_years_are_those_the_words_name(words: str) -> None:
    rows = load("economy").query("series in ('cow_exports', 'cow_imports')").copy()
    rows["series"] = rows.series.astype(str)
    trade = rows.pivot(index="year", columns="series", values="value")
    more = trade.index[trade.cow_exports > trade.cow_imports]
    assert list(more) == [1913, 1923, 1924, 1927, 1928]
    assert "More is sold than bought in 1913, 1923, 1924, 1927 and 1928." in words
    assert round(trade.cow_imports[1920] / trade.cow_exports[1920]) == 34
    assert "In 1920 imports are 34 times exports" in words
    assert {1917, 1918, 1919}.isdisjoint(trade.index)


def test_no_line_crosses_the_years_without_figures(run: Trial) -> None:
    for trace in run().figures["fig-trade"]["data"]:
        cut = [y for x, y in zip(trace["x"], trace["y"], strict=True) if x == 1916]
        assert None in cut, trace["name"]


def test_the_failed_check_fails_as_told(run: Trial) -> None:
    tables = [o["data"]["text/html"] for o in run().outputs if "text/html" in o.get("data", {})]
    [table] = [table for table in tables if "A pood of flax" in table]
    assert re.findall(r">([\d.]+)</td>", table) == ["4.5", "6.3", "14.0", "17.9"]


def test_the_groups_are_those_the_description_names(run: Trial, words: str) -> None:
    rows = run().figures["fig-sides"]["layout"]["meta"]["table"]["rows"]
    codes: dict[str, list[int]] = {}
    for who, _, code, *_ in rows:
        codes.setdefault(who, []).append(code)
    both = {who for who, several in codes.items() if min(several) < 0 < max(several)}
    assert both == {"Stalin", "Zinoviev", "Kamenev", "Frumkin"}
    assert {who for who, several in codes.items() if max(several) < 0} == {"Sokolnikov", "Bukharin", "Pyatakov"}
    strict = run({"own_only": "True"}).figures["fig-sides"]["layout"]["meta"]["table"]["rows"]
    assert {row[0] for row in strict} == {"Lenin", "Stalin", "Zinoviev", "Sokolnikov"}
    assert "only Lenin, Sokolnikov, Zinoviev and Stalin are left" in words


def test_guesses_are_told_and_drawn(run: Trial) -> None:
    guessed = run(CHANGES["other choices"])
    assert "Your guess: price 9, leak 50" in guessed.said
    assert "Both bring the same when 3 are smuggled (you: 50)." in guessed.said
    assert "Both bring the same when 53 are smuggled (you: no guess)." in run().said
    marks = [a["text"] for a in guessed.figures["fig-wedge"]["layout"]["annotations"]]
    assert "you: 9" in marks
    assert not [a for a in run().figures["fig-wedge"]["layout"].get("annotations", []) if "you" in a["text"]]


def test_the_chapter_quotes_the_poll_as_the_tables_have_it() -> None:
    """The poll of October, the crossing of the line and the rows that the chapter's table rests on."""
    notes = load("events").set_index("event").note
    assert "14 votes to one" in notes["put-off"]
    text = CHAPTER.read_text(encoding="utf-8")
    assert "Fourteen members voted for the delay and one against" in text
    own = load("positions").query("scale == 'trade' and person == 'stalin' and voice == 'own'")
    assert sorted(own.code.astype(int)) == [-1, -1, 1]
