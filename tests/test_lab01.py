"""Lab 1 in a student's hands, and the two tables on which it stands."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from trial import Ran, Trial

from seminar import load
from seminar.choices import choose

LAB = ROOT / "chapters/01-question-lab.md"
FIGURES = ["fig-told", "fig-wait", "fig-shelf", "fig-could"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_texts_by_1955": "20", "my_years_of_waiting": "'5'", "year": "1959", "language": "'english'",
        "strict": "True", "author": "'Trotsky 1930'", "margin": "0",
    },
    "early": {"year": "1923", "language": "'Russian'", "author": "'Eastman'", "margin": "5"},
    "late": {"year": "2026", "margin": "3", "author": "'Thesis'"},
    "nonsense": {
        "my_texts_by_1955": "'many'", "my_years_of_waiting": "-3", "year": "'yesterday'", "language": "None",
        "strict": "'maybe'", "author": "[]", "margin": "'wide'",
    },
}
SENTENCES = {
    "nonsense": ["'many' is not a number", "None is not one of the choices",
                 "'wide' is not one of the choices",
                 "'yesterday' is not a number from 1923 to 2026, so this run uses 2001"],
}


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice != "nonsense")


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed = run(), run(CHANGES["other choices"])
    for name in FIGURES:
        assert _title(usual, name) != _title(changed, name), name
    assert "2001" in _title(usual, "fig-told")
    assert "1959" in _title(changed, "fig-told")
    assert "Deutscher 1959" in _title(usual, "fig-could")
    assert "Trotsky" in _title(changed, "fig-could")


def test_a_book_could_use_only_what_was_printed_before_it(run: Trial) -> None:
    """No square stands to the right of its book; within the margin of two years squares are hollow."""
    squares = run().figures["fig-could"]["data"][0]
    columns = sorted({int(row["Year of printing"]) for row in _table(run(), "fig-could")})
    books = load("publications").query("kind in ('memoir', 'study')")
    seen = set()
    for x, book, fill, edge in zip(squares["x"], squares["y"], squares["marker"]["color"],
                                   squares["marker"]["line"]["color"], strict=True):
        gap = int(book[-4:]) - columns[x]
        assert gap >= 0, (book, columns[x])
        assert (fill != edge) == (gap < 2), (book, columns[x])
        seen.add(book)
    assert len(seen) == len(books)


def test_the_strict_shelf_is_no_fuller(run: Trial) -> None:
    every, strict = (_table(run(CHANGES[c]), "fig-could") for c in ("as written", "other choices"))
    assert len(every) == len(strict), "the strict switch is the shelf's alone"
    for loose, firm in zip(*(run(CHANGES[c]).figures["fig-shelf"]["data"] for c in ("as written", "other choices")),
                           strict=True):
        assert sum(_numbers(firm["y"])) < sum(_numbers(loose["y"])), loose["name"]
        assert all(b <= a for a, b in zip(_numbers(loose["y"]), _numbers(firm["y"]), strict=True)), loose["name"]


def test_glue_does_not_depend_on_a_choice(run: Trial) -> None:
    assert run().glued
    assert run().glued == run(CHANGES["nonsense"]).glued == run(CHANGES["other choices"]).glued


def test_no_text_is_printed_before_it_is_written() -> None:
    rows = load("printings").merge(load("letters"), on="letter", suffixes=("", "_written"))
    assert len(rows) == len(load("printings"))
    assert (rows.date_end >= rows.date_start_written).all(), rows[rows.date_end < rows.date_start_written].printing


def test_one_first_printing_a_text_and_language() -> None:
    rows = load("printings").query("claim == 'first' and extent == 'whole'")
    assert not rows.duplicated(["letter", "language"]).any()


def test_the_lab_names_every_text_of_lenins_in_the_table() -> None:
    source = LAB.read_text(encoding="utf-8")
    lenins = set(load("letters").query("author == 'lenin'").letter) & set(load("printings").letter)
    assert {name for name in lenins if f'"{name}":' in source} == lenins
    assert f"the {len(lenins)} texts" in source


def test_what_a_change_shows_is_what_the_words_say(run: Trial) -> None:
    """The boxes *What you should see* against the lab with the values changed."""
    words = " ".join(LAB.read_text(encoding="utf-8").split())
    early = run({"year": "1924", "language": "'English'", "margin": "0"})
    strict = run({"year": "1959", "strict": "True", "language": "'Russian'", "margin": "5"})
    last = run({"year": "1973", "strict": "True", "author": "'Trotsky 1930'"})
    lewin = run({"author": "'Lewin'", "margin": "5", "year": "2000", "strict": "True"})
    cohen = run({"author": "'Cohen'", "margin": "5"})
    assert _title(early, "fig-told") == "By the end of 1924, printings: 1; studies: 0"
    assert [_new(ran) for ran in (early, strict, last)] == [1, 5, 9]
    assert "holds nothing else. In 1959 it holds five things" in words
    assert "In 1973 it holds nine" in words
    assert _title(early, "fig-wait") == "In print after 34 years: the middle one of 18"
    assert "In English 18 texts are left, and the middle one waits 34 years." in words
    rows = {row["Text"]: row["Printed"] for row in _table(strict, "fig-wait")}
    assert len(rows) == 23
    assert rows["the sketches"] == rows["the addition"] == "1927-12"
    assert rows["Stalin 5/3"] == "1965"
    assert _title(lewin, "fig-shelf") == "By 2000: 23 of 23 in print, 6 in English"
    assert "In English 6 of the 18 are left" in words
    could = [_title(ran, "fig-could").split()[-3] for ran in (early, strict, lewin, cohen, last)]
    assert could == ["19", "12", "19", "23", "5"]
    assert "could have used 19 texts, with five years only 12, and Lewin falls from 23 to 19" in words


def test_the_answers_are_what_the_figures_show(run: Trial) -> None:
    """The boxes *What we see*, against the tables below the figures."""
    words = " ".join(LAB.read_text(encoding="utf-8").split())
    told, waits = (_table(run(), name) for name in ("fig-told", "fig-wait"))
    archives = [row["Date"][:4] for row in told if row["Kind"] == "Archives"]
    assert (len(archives), sum(year in ("1991", "1992") for year in archives)) == (6, 3)
    assert sorted(row["Kind"] for row in told if row["Date"] > "2002") == ["Documents", "Studies", "Studies"]
    assert len({row["Date"][:3] for row in told if row["Kind"] == "Documents"}) >= 8, "every decade to the nineties"
    assert sum(row["Printed"] < "1956" for row in waits) == 12
    assert "Twelve of the 23 were in print at the end of 1955, and the middle one waited 28 years." in words
    assert "28 years" in _title(run(), "fig-wait")
    shortest = sorted(waits, key=lambda row: row["Years between"])[:4]
    assert {row["Text"] for row in shortest[:2]} == {"Rabkrin", "better fewer"}
    assert {row["Where"] for row in shortest[:2]} == {"Pravda"}
    assert {row["Text"] for row in shortest[2:]} == {"the sketches", "the addition"}
    assert all(row["Printed"] == "1926-10-18" and row["Years between"] < 4 for row in shortest[2:])


def test_the_guess_stands_beside_the_answer(run: Trial) -> None:
    guess = run(CHANGES["other choices"]).said
    assert "You: 20 texts by 1955, 5 years of waiting. Here: 12 texts by 1955, 28 years of waiting." in guess
    assert "You: no guess yet. Here: 12 texts" in run().said


def test_the_pointer_is_told_dates_and_not_places_in_the_drawing(run: Trial) -> None:
    """Dots of three years share a column; a square's column is the year of printing."""
    figures = run().figures
    told = {text for trace in figures["fig-told"]["data"] for text in trace["hovertext"]}
    assert {"2001: The thesis", "2003: Sakharov on the Testament"} < told
    assert "1923-01-25: Pravda prints Lenin’s article on Rabkrin" in told
    waits = figures["fig-wait"]["data"][-1]["hovertext"]
    assert "the sketches: written 1922-12-24/1922-12-25, printed 1926-10-18" in waits
    assert "Deutscher 1959: 2 printed in 1959" in figures["fig-could"]["data"][0]["hovertext"]
    for name in ("fig-told", "fig-could"):
        assert all(trace["hoverinfo"] == "text" for trace in figures[name]["data"])


def test_a_book_is_known_by_any_of_its_names(run: Trial) -> None:
    """Trotsky has three books in the list, so his name alone is answered by the choices."""
    said = run({"author": "'Leon Trotsky'", "margin": "6", "year": "0"}).said
    assert "6 is not one of the choices: 0, 1, 2, 3, 4 or 5. This run uses 2." in said
    assert "0 is not a number from 1923 to 2026, so this run uses 2001." in said
    [listed] = re.findall("'Leon Trotsky' is not one of the choices: (.*)\\. This run", said)
    books = re.split(", | or ", listed)
    assert books[:4] == ["Eastman", "Trotsky 1930", "Trotsky 1934", "Trotsky 1946"]
    for book in books:
        assert choose(f"{book} ", *books) == book
    for typed, book in {"Isaac Deutscher": "Deutscher", "Deutscher 1959": "Deutscher", "The thesis": "Thesis",
                        "Stephen Cohen": "Cohen", "Eastman, Since Lenin Died": "Eastman",
                        "Leon Trotsky 1946": "Trotsky 1946"}.items():
        assert choose(typed, *books) == book
    assert _title(run(CHANGES["other choices"]), "fig-could").startswith("Trotsky 1930 ")


def test_the_register_is_counted_as_the_words_say() -> None:
    letters, printed = load("letters"), load("printings").letter
    authors = letters[letters.letter.isin(printed)].author.value_counts()
    assert authors.to_dict() == {"lenin": 23, "trotsky": 7, "stalin": 1}
    assert "It has 31 of which a printing was found: Lenin’s 23, seven of Trotsky’s" in LAB.read_text(encoding="utf-8")


def test_the_letters_without_a_line_are_counted_as_the_words_say() -> None:
    """Seven letters whose edition names no first printing; for three nothing older was found."""
    rows = load("printings")
    silent = rows[rows.source.astype(str).str.contains("lenin-pss54")]
    edition = silent.date_start.dt.year.max()
    oldest = rows[rows.letter.isin(silent.letter)].groupby("letter").date_start.min().dt.year
    words = " ".join(LAB.read_text(encoding="utf-8").split())
    assert (len(oldest), (oldest == edition).sum()) == (7, 3)
    assert "Under seven of our 23" in words
    assert f"For the other three we found nothing before {edition}." in words


def _new(ran: Ran) -> int:
    """How many rows the list of what was new has."""
    tables = [o["data"]["text/html"] for o in ran.outputs if "text/html" in o.get("data", {})]
    [table] = [html for html in tables if "<caption>New from" in html]
    return str(table).count("<tr>") - 1


def _title(ran: Ran, name: str) -> str:
    return str(ran.figures[name]["layout"]["title"]["text"])


def _table(ran: Ran, name: str) -> list[dict[str, Any]]:
    table = ran.figures[name]["layout"]["meta"]["table"]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _numbers(y: Any) -> list[float]:
    """The numbers of a trace, which plotly may write packed."""
    if isinstance(y, dict):
        return [float(v) for v in np.frombuffer(base64.b64decode(y["bdata"]), dtype=y["dtype"])]
    return [float(v) for v in y]
