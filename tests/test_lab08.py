"""Lab 8 in a student's hands, and the distances between dated positions behind it."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial

from seminar import load, style
from seminar.disputes import VOICES, distances, meanings, spoken, statements, steps, strip, tally

LAB = ROOT / "chapters/08-planning-lab.md"
FIGURES = ["fig-planning", "fig-rabkrin", "fig-four", "fig-distances"]
SIX = ["planning", "rabkrin", "trade", "union", "head", "size"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "april": {"april_code": "1", "nearer_to_trotsky": "4", "nearer_to_stalin": "'0'"},
    "own": {"keep": "'own'", "turn": "'reported'"},
    "stalin": {"partner": "'Stalin'", "issues": "['planning', 'head']", "turn": "'own'", "nearer_to_stalin": "1"},
    "four": {"issues": "['planning', 'rabkrin', 'trade', 'union']"},
    "stalin, six": {"partner": "'stalin'"},
    "edges": {"april_code": "-2", "keep": "'own'", "issues": "['rabkrin']", "turn": "'all'"},
    "nonsense": {
        "nearer_to_trotsky": "'most'", "nearer_to_stalin": "7", "april_code": "'red'", "keep": "[]",
        "partner": "'Bukharin'", "issues": "'everything'", "turn": "None",
    },
}  # fmt: skip
SENTENCES = {
    "nonsense": ["'most' is not a number", "7 is not a number", "'red' is not one of the choices",
                 "[] is not one of the choices", "'Bukharin' is not one of the choices",
                 "Not among the choices: 'everything'", "None is not one of the choices"],
}  # fmt: skip


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def test_titles_follow_the_choice(run: Trial) -> None:
    titles = {choice: run(CHANGES[choice]).titles for choice in CHANGES}
    usual = titles["as written"]
    assert usual["fig-planning"] == "Lenin goes from −1 to +1, and ends 1 step from Trotsky"
    assert titles["april"]["fig-planning"] == "Lenin goes from −1 to +1, and ends level with Trotsky"
    assert titles["own"]["fig-planning"] == usual["fig-planning"]
    assert titles["edges"]["fig-planning"].endswith("ends 3 steps from Trotsky")
    assert usual["fig-rabkrin"] == "Lenin goes from +2 to 0; of the other two there are 3 statements"
    assert titles["own"]["fig-rabkrin"].endswith("there are 0 statements")
    assert usual["fig-four"] == "Of these 4, Lenin and Trotsky end together on 2, apart on 2"
    assert usual["fig-distances"] == "Lenin and Trotsky, of 6: nearer on 2, level on 2, unknown on 2"
    assert titles["april"]["fig-distances"].endswith("(you: nearer on 4)")
    six = "Lenin and Stalin, of 6: nearer on 2, level on 1, further on 2, unknown on 1"
    assert titles["stalin, six"]["fig-distances"] == six
    assert titles["four"]["fig-distances"] == "Lenin and Trotsky, of 4: nearer on 2, level on 1, unknown on 1"
    assert titles["own"]["fig-distances"] == "Lenin and Trotsky, of 6: unknown on 6"
    assert titles["nonsense"]["fig-distances"] == usual["fig-distances"]


def test_what_the_boxes_tell_of_a_change_is_so(run: Trial) -> None:
    """The numbers in the boxes "What you should see" and in the folded answers."""
    pairs = {choice: table(run(CHANGES[choice]).figures["fig-distances"]) for choice in CHANGES}
    four = {row[0]: row[2] for row in pairs["four"]}
    assert max(four.values()) == 1
    moved = {row[0] for row in pairs["stalin, six"] if row[4] == "nearer"}
    assert moved == {"Foreign trade", "The union"}
    own = pairs["own"]
    assert sorted(row[4] for row in own) == ["never"] * 4 + ["one day"] * 2
    both = {"keep": "'own'", "partner": "'Stalin'"}
    left = [row[4] for row in table(run(both).figures["fig-distances"])]
    assert left.count("never") == 1, "with Stalin five questions are left"
    assert [row[2] for row in table(run(CHANGES["own"]).figures["fig-planning"]) if row[1] == "Trotsky"] == ["+2"]

    six = statements("Lenin", "Trotsky", "Stalin").query("issue in @SIX")
    for person, issue in (("Stalin", "trade"), ("Stalin", "union")):
        codes = six[(six.person == person) & (six.issue == issue)].code
        assert codes.iloc[-1] > codes.iloc[0], "it was Stalin who moved"
    trotsky = six[(six.person == "Trotsky") & (six.issue == "planning")]
    assert len(trotsky) == 6 and (trotsky.voice == "reported").sum() == 5 and trotsky.doubtful.all()
    lenin = six[(six.person == "Lenin") & (six.issue == "planning")]
    assert not lenin.when.between("1922-05-06", "1922-12-12").any()
    ends = {row[0]: row[2] for row in pairs["as written"]}
    assert ends == {"Gosplan’s powers": 1, "Rabkrin": 0, "Foreign trade": 0, "The union": 0, "Gosplan’s head": 2,
                    "Size of the CC": 3}  # fmt: skip


def test_the_eight_verdicts_turn(run: Trial) -> None:
    html = "".join(o["data"].get("text/html", "") for o in run().outputs if "data" in o)
    rows = re.findall(r"<tr>(.*?)</tr>", html[html.index("eight ways") :].split("</table>")[0])[1:]
    cells = [re.findall(r">([^<]*)</td>", row) for row in rows]
    assert len(cells) == 8
    assert {row[2]: row[3] for row in cells} == {"in": "2", "out": "0"}, "without reports nothing comes nearer"
    assert [row[4] for row in cells if row[:3] == ["six", "+1", "in"]] == ["4"]
    assert [row[4] for row in cells if row[:3] == ["six", "+2", "in"]] == ["3"]


def table(figure: dict[str, Any]) -> list[list[Any]]:
    """The rows of the table below a figure."""
    rows: list[list[Any]] = figure["layout"]["meta"]["table"]["rows"]
    return rows


def test_every_mark_says_in_table_and_hover_what_it_shows(run: Trial) -> None:
    for choice in ("as written", "own"):
        figures = run(CHANGES[choice]).figures
        for name in FIGURES[:3]:
            marks = [told for trace in figures[name]["data"] for told in trace["hovertext"]]
            assert len(marks) == len(table(figures[name])), name
        for trace in figures["fig-distances"]["data"]:
            assert trace.get("hoverinfo") in ("skip", "text")
    planning = run().figures["fig-planning"]
    [lenin] = [trace for trace in planning["data"] if trace["name"] == "Lenin"]
    assert "Lenin, 13 Dec ’22: 0 (own)" in lenin["hovertext"]
    first = table(planning)[0]
    assert first[:3] == ["17 Feb ’21", "Lenin", "−1"] and first[5].startswith("General supervision")


def test_a_doubtful_code_is_open_and_a_voice_has_its_mark(run: Trial) -> None:
    said = statements("Lenin", "Trotsky", "Stalin").query("issue == 'rabkrin'").reset_index(drop=True)
    drawn: dict[tuple[str, int], tuple[str, bool]] = {}
    for trace in run().figures["fig-rabkrin"]["data"]:
        marker = trace["marker"]
        for line, symbol, inside in zip(trace["y"], marker["symbol"], marker["color"], strict=True):
            drawn[trace["name"], int(line)] = symbol, inside == style.PAPER
    for line, row in said.iterrows():
        assert drawn[row.person, int(str(line))] == (VOICES[row.voice], row.doubtful), row.id
    assert len(drawn) == len(said)


def test_the_numbers_of_the_chapter_do_not_depend_on_choices(run: Trial) -> None:
    usual = run().glued
    assert usual == run(CHANGES["edges"]).glued == run(CHANGES["nonsense"]).glued
    assert {"plan_trotsky_planning": "1", "plan_stalin_planning": "3", "plan_april_one": "0",
            "plan_trotsky_nearer": "2", "plan_stalin_nearer": "2"}.items() <= usual.items()  # fmt: skip


def said(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    """Statements for the arithmetic: issue, person, day, code."""
    frame = pd.DataFrame(rows, columns=["issue", "person", "when", "code"])
    return frame.assign(when=pd.to_datetime(frame["when"]), question=frame["issue"])


def test_distances_count_a_statement_until_the_next() -> None:
    rows = said(("a", "X", "1922-01-01", -1), ("a", "Y", "1922-02-01", 2), ("a", "X", "1922-12-01", 1),
                ("b", "X", "1922-01-01", 0), ("c", "X", "1922-01-01", 1), ("c", "Y", "1922-01-01", 1))  # fmt: skip
    found = distances(rows, "X", "Y").set_index("issue")
    assert list(found.loc["a", ["compared", "first", "last", "move"]]) == [2, 3, 1, "nearer"]
    assert found.loc["b", "move"] == "never" and found["last"].isna()["b"]
    assert list(found.loc["c", ["compared", "last", "move"]]) == [1, 0, "one day"]
    backwards = distances(rows.assign(code=-rows.code), "Y", "X").set_index("issue")
    assert backwards["move"].equals(found["move"]), "neither the order of names nor the sign matters"


def test_a_statement_may_be_let_lapse_and_the_last_words_of_a_day_count() -> None:
    rows = said(("a", "Y", "1922-02-01", 2), ("a", "X", "1922-03-01", -1), ("a", "X", "1922-12-01", 1))
    assert list(distances(rows, "X", "Y", months=3).loc[0, ["compared", "last"]]) == [1, 3]
    assert list(distances(rows, "X", "Y", months=12).loc[0, ["compared", "last"]]) == [2, 1]
    twice = said(("a", "X", "1922-01-01", -2), ("a", "Y", "1922-01-05", 2), ("a", "Y", "1922-01-05", 0))
    assert list(distances(twice, "X", "Y").loc[0, ["compared", "last"]]) == [1, 2]


@pytest.mark.parametrize(("first", "last", "words"), [
    ("1922-04-23", "1922-04-23", "23 Apr ’22"), ("1922-04-01", "1922-04-30", "Apr ’22"),
    ("1922-01-01", "1922-03-31", "Jan–Mar ’22"),
    ("1922-12-24", "1922-12-26", "24–26 Dec ’22"), ("1922-12-31", "1923-01-02", "31 Dec–2 Jan ’23"),
])  # fmt: skip
def test_dates_are_spoken_shortly(first: str, last: str, words: str) -> None:
    assert spoken(pd.Timestamp(first), pd.Timestamp(last)) == words


def test_a_tally_leaves_no_move_out() -> None:
    moves = pd.Series(["nearer", "never", "level", "one day", "nearer"])
    assert tally(moves) == "nearer on 2, level on 1, unknown on 2"
    assert tally(moves[:1], 0) == "nearer on 1 (you: nearer on 0)"


def test_steps_in_words() -> None:
    assert [steps(n) for n in (0, 1, 3)] == ["level with", "1 step from", "3 steps from"]


def test_another_code_is_another_code_of_the_same_scale() -> None:
    rows = statements()
    assert set(load("position-doubts")["id"]) <= set(rows["id"])
    doubtful = rows[rows.doubtful]
    assert (doubtful.other != doubtful.code).all() and doubtful.why.notna().all()
    for issue in SIX:
        assert list(meanings(issue).shown) == ["−2", "−1", "0", "+1", "+2"]
    assert set(rows.voice) <= set(VOICES)


def test_a_strip_of_nothing_is_an_empty_figure() -> None:
    fig = style.figure("Title")
    strip(fig, statements("Lenin").query("issue == 'none'"))
    assert not fig.data
