"""Lab 14 in a student's hands, and the arithmetic of coded readings behind it."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial

from seminar import neighbours, pairwise, shuffled, typed_codes, weighted_kappa, within_and_between

LAB = ROOT / "chapters/14-schools-lab.md"
FIGURES = ["fig-positions", "fig-causes", "fig-pairs", "fig-shuffle", "fig-recode", "fig-kappa"]
CHANGE = "work_to_change, question, new_code"
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "same_school": "80", "different_schools": "'20'", "order": "'year'", "at_least": "5",
        "keep": "'ordered questions only'", CHANGE: "'Cohen 1973', 'q8', 2",
        "first_coder": "'−2 0 -1 1 2 1'",
        "second_coder": "'−2, −1, 0, 1, 2, 0'",
    },
    "few and thin": {"at_least": "2", "keep": "'own words only'", CHANGE: "'Rigby', 'Q6', 1",
                     "first_coder": "[1, None, 2]", "second_coder": "[1, 2, 2, 2, 2, 2]"},
    "one code throughout": {"first_coder": "[1] * 6", "second_coder": "[1] * 6"},
    "no order and no commas": {"at_least": "4", "keep": "'no weak codes'", CHANGE: "'Rigby 1979', 'Q6', 1",
                               "first_coder": "[2 -2 -2]", "same_school": "60"},
    "nonsense": {
        "same_school": "900", "order": "None", "at_least": "'many'", "keep": "{}", CHANGE: "7, [], 'red'",
        "first_coder": "'all of them'", "second_coder": "[9, 'x', 1.5, True, None, float('nan'), 1, 1, 1, 1, 1]",
    },
}
SENTENCES = {
    "as written": ["Codes read: first coder 0, second coder 0."],
    "other choices": ["Codes read: first coder 6, second coder 6."],
    "few and thin": ["Both of you have coded 2 summaries", "Codes read: first coder 2, second coder 6."],
    "no order and no commas": ["Codes read: first coder 1, second coder 0."],
    "nonsense": ["900 is not a number", "None is not one of the choices",
                 "First: not a whole number from -2 to 2, and so left out: 'all', 'of', 'them'",
                 "what stands after the code number 6 is left out", "Second: not a whole number from -2 to 2"],
}


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice in ("as written", "other choices"))


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed = run().figures, run(CHANGES["other choices"]).figures
    for name in ("fig-pairs", "fig-shuffle", "fig-recode", "fig-kappa"):
        assert usual[name]["layout"]["title"] != changed[name]["layout"]["title"], name
    assert "Idle" in usual["fig-kappa"]["layout"]["yaxis"]["title"]["text"]
    assert "Second coder" in changed["fig-kappa"]["layout"]["yaxis"]["title"]["text"]
    alike = run(CHANGES["one code throughout"]).figures["fig-kappa"]["layout"]["title"]["text"]
    assert "kappa needs two different codes" in alike


def test_what_was_not_read_for_is_not_drawn(run: Trial) -> None:
    """As many squares as rows with an ordered code: a gap stays white."""
    from seminar import load

    ordered = load("scales").query("about == 'historian' and form == 'ordinal'").scale
    rows = load("historians")
    squares = run().figures["fig-positions"]["data"][0]
    assert len(squares["y"]) == rows.scale.isin(ordered).sum()
    outlined = [fill != edge for fill, edge in
                zip(squares["marker"]["color"], squares["marker"]["line"]["color"], strict=True)]
    assert sum(outlined) == (rows.scale.isin(ordered) & (rows.confidence == "weak")).sum()


def test_glue_does_not_depend_on_a_choice(run: Trial) -> None:
    assert run().glued
    assert run().glued == run(CHANGES["nonsense"]).glued


def _positions(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["work", "scale", "code", "form"])


def test_pairs_agree_by_steps_or_not_at_all() -> None:
    found = pairwise(_positions(
        ("A", "q1", "-2", "ordinal"), ("A", "q6", "ideas", "category"),
        ("B", "q1", "1", "ordinal"), ("B", "q6", "ideas", "category"),
        ("C", "q6", "social", "category"), ("D", "q9", "0", "ordinal"),
    )).set_index(["a", "b"])
    assert found.loc[[("A", "B")]].to_numpy().tolist() == [[2, (0.25 + 1) / 2]]
    assert found.loc[[("A", "C")]].to_numpy().tolist() == [[1, 0]]
    assert not any("D" in pair for pair in found.index)


def test_neighbours_move_with_the_code_that_is_changed() -> None:
    rows = [("A", "q1", "-2", "ordinal"), ("A", "q2", "0", "ordinal"), ("B", "q1", "-2", "ordinal"),
            ("B", "q2", "0", "ordinal"), ("C", "q1", "2", "ordinal")]
    before, after = _positions(*rows), _positions(("A", "q1", "2", "ordinal"), *rows[1:])
    moved = neighbours(before, after, "A")
    assert moved.other.tolist() == ["B"]  # C shares one question only
    assert moved[["shared", "agreement", "agreement_after"]].to_numpy().tolist() == [[2, 1, 0.5]]


def test_groups_that_agree_show_and_shuffles_are_repeatable() -> None:
    rows = [(f"{g}{i}", "q1", code, "ordinal") for g, code in (("x", "2"), ("y", "-2")) for i in range(5)]
    pairs = pairwise(_positions(*rows))
    group = {work: work[0] for work, *_ in rows}
    assert within_and_between(pairs, group) == (1, 0)
    deals = shuffled(pairs, group, times=200)
    assert (deals == shuffled(pairs, group, times=200)).all()
    assert (deals >= 1).mean() < 0.05
    assert math.isnan(within_and_between(pairs, dict.fromkeys(group, "one"))[1])


def test_kappa_against_values_worked_by_hand() -> None:
    assert weighted_kappa([1, 2, -1], [1, 2, -1]) == 1
    assert weighted_kappa([-2, 2, -2, 2], [0, 0, 0, 0]) == 0
    # Mean disagreement 1/2; by chance (0+1+1+0)/4 = 1/2 of a step: nought.
    assert weighted_kappa([0, 1], [0, 0]) == pytest.approx(0)
    assert weighted_kappa([0, 1], [1, 0]) == -1
    assert math.isnan(weighted_kappa([1, 1], [1, 1]))
    assert math.isnan(weighted_kappa([], []))


def test_typed_codes_name_what_they_leave_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed_codes([2, "-1", 0.0, None], 5, "You") == [2, -1, 0, None, None]
    assert capsys.readouterr().out == ""
    assert typed_codes([3, True, 1.5, [1], float("inf")], 5, "You") == [None] * 5
    assert "3, True, 1.5, [1], inf" in capsys.readouterr().out
    assert typed_codes(None, 2, "You") == [None, None]
    assert "not a list" in capsys.readouterr().out


def _told(step: int) -> str:
    """What the dropdown of a step says a change shows."""
    part = LAB.read_text(encoding="utf-8").split(f"\n## {step}. ")[1].split("\n## ")[0]
    [told] = re.findall(r":::\{dropdown\} What you should see\n(.*?)\n:::", part, re.S)
    return told


def _answer(step: int) -> str:
    """The folded answer to a question of a step."""
    [told] = re.findall(rf":name: check-lab14-{step}\n\n(.*?)\n:::", LAB.read_text(encoding="utf-8"), re.S)
    return told


def _rows(figure: dict[str, Any]) -> list[list[Any]]:
    """The table below a figure."""
    return figure["layout"]["meta"]["table"]["rows"]


def _says(told: str, *facts: str) -> None:
    assert not [fact for fact in facts if fact not in told], told


def test_what_a_change_shows_by_year() -> None:
    from seminar import load

    rows = load("historians")
    old, new = (rows[(rows.scale == "q5") & later].code.astype(int) for later in (rows.year < 2003, rows.year >= 2003))
    assert (len(old), len(new)) == (4, 3)
    assert set(old) == {2}
    assert set(new) == {-1, -2}
    viable = rows[rows.scale == "q7"]
    assert viable[viable.code.astype(int) > 0].year.max() == 1992
    _says(_told(2), "the four works up to 2001 have +2 and the three from 2003 on", "last plus is of 1992")
    assert rows[(rows.work == "mcaloon2001") & (rows.scale == "q5")].confidence.tolist() == ["weak"]


def test_what_a_change_shows_of_pairs(run: Trial) -> None:
    usual, few, many = (run(change).figures["fig-pairs"] for change in ({}, CHANGES["few and thin"], {"at_least": "5"}))
    assert "161 of 177 pairs" in few["layout"]["title"]["text"]
    for drawn, works in ((few, 21), (usual, 9), (many, 2)):
        assert len(drawn["data"][0]["text"]) == len(drawn["data"][0]["x"])
        assert drawn["layout"]["height"] >= 120 + 22 * works, "each square has room for its number"
    assert "Trotsky 1930 – Lewin 1968: 0.88 on 2 questions" in usual["data"][0]["hovertext"]
    assert any(told.endswith("on 1 question") for told in usual["data"][0]["hovertext"])
    best = [row for row in _rows(usual) if row[2] > 1]
    assert [*best[0][:2], best[0][3]] == ["Trotsky 1930", "Lewin 1968", "0.88"]
    assert best[1] == ["McAloon 2001", "Service 2009", 4, "0.81"]
    _says(_answer(4), "memoirs with Lewin, 0.88 on two", "Service and the thesis, 0.81 on four")
    alone = [row for row in _rows(usual) if row[2] == 1 and float(row[3]) >= 0.75]
    assert [row[:2] for row in alone] == [["Trotsky 1930", "Pirani 2008"]]
    assert [a["text"] for a in many["layout"]["annotations"] if "text" in a][:2] == ["Lewin 1968", "McAloon 2001"]
    _says(_told(4), "21 works and 177 pairs, and 161 rest", "Lewin and the thesis", "rests on five questions")
    assert "20 of 36" in usual["layout"]["title"]["text"]


def test_what_a_change_shows_of_judges(run: Trial) -> None:
    from seminar import load

    scales = load("scales").set_index("scale").form
    rows = load("historians").assign(form=lambda frame: frame.scale.map(scales))
    rows["work"] = rows.author + " " + rows.year.astype(str)
    school = dict(zip(rows.work, rows.school.astype(str), strict=True))
    own = rows.known.isin(["read-copy", "read-extract", "read-quoted"])
    kept = [rows, rows[rows.confidence != "weak"], rows[own], rows[rows.form == "ordinal"]]
    gaps = []
    for part in kept:
        within, between = within_and_between(pairwise(part), school)
        gaps.append(round(100 * (within - between)))
    told = _told(5)
    _says(told, "from {} points to {}, {} and {}".format(*gaps), "nine pairs", "60 points")
    thin = pairwise(kept[2])
    assert (thin.a.map(school) == thin.b.map(school)).sum() == 9
    assert 60 < 100 * shuffled(thin, school).max() < 70
    names = ["all", "own words only", "ordered questions only"]
    titles = [run({"keep": repr(name)}).titles["fig-shuffle"] for name in names]
    deals = [title.split(" in ")[1].split()[0] for title in titles]
    _says(told, f"in {deals[0]} or {deals[1]} deals", f"it is {deals[2]} deals")
    rest = float(run().glued["schools_rest_chance"])
    _says(told, f"does as well in {rest:.0f}")


def test_what_a_change_shows_of_one_code(run: Trial) -> None:
    for change, title in {
        "'Kotkin 2014', 'Q5', -1": "0 of 11 neighbours", "'Kotkin 2014', 'Q5', 2": "3 of 11 neighbours",
        "'Cohen 1973', 'Q8', 0": "11 of 17 neighbours",
    }.items():
        assert title in run({CHANGE: change}).titles["fig-recode"], change
    _says(_told(6), "At −1 nothing moves", "same three neighbours", "11 neighbours of 17", "nine come nearer")


def test_kappa_on_paper_uses_the_codes_of_the_list(run: Trial) -> None:
    """The codes that the lab sums up for a reader of the page, and no hyphen for a minus."""
    from seminar import load

    rows = load("historians")
    six = rows[(rows.scale == "q8") & (rows.confidence != "weak")].sort_values("summary")[4:10]
    codes = six.code.astype(int)
    assert codes.abs().sum() == 7
    assert set(codes) == {-2, -1, 0, 1, 2}, "every code has its summary"
    assert weighted_kappa(codes.tolist(), [0] * 6) == pytest.approx(0)
    assert "is 7 steps from us in all: *d* is 7/6" in LAB.read_text(encoding="utf-8")
    assert (codes.abs() <= 1).sum() == 4
    _says(_answer(7), "within one step of us on four summaries of six")
    assert all(summary.count(".") == 2 for summary in six.summary), "each is told in two sentences"
    tables = [o.data["text/html"] for o in run(CHANGES["other choices"]).outputs if "text/html" in o.get("data", {})]
    [readings] = [table for table in tables if "Three readings" in table]
    assert "−2" in readings
    assert "+1" in readings
    assert ">-" not in readings


def test_tables_below_the_figures_say_what_they_show(run: Trial) -> None:
    for change in ("as written", "other choices", "few and thin"):
        figures = run(CHANGES[change]).figures
        tables = {name: (figure["layout"].get("meta") or {}).get("table") for name, figure in figures.items()}
        heads = {name: table["columns"] for name, table in tables.items() if table}
        assert heads["fig-shuffle"] == ["Difference, points", "Random deals", "The schools"]
        deals = _rows(figures["fig-shuffle"])
        assert sum(row[1] for row in deals) == 1000 or change == "few and thin"
        [(bar, value)] = [(row[0], row[2]) for row in deals if row[2]]
        low, high = (float(end.replace("−", "-")) for end in bar.split(" to "))
        assert low <= float(value) <= high
        assert heads["fig-kappa"][-1] == "Summaries"
        pairs = _rows(figures["fig-kappa"])
        assert sum(row[2] for row in pairs) == 6
        assert {cell for row in pairs for cell in row[:2]} <= {"−2", "−1", "0", "+1", "+2"}
        assert ("fig-recode" in heads) == (change != "few and thin"), "a sentence in place of a figure has no table"
        for name in ("fig-positions", "fig-causes", "fig-pairs"):
            assert len(figures[name]["data"][0]["hovertext"]) == len(_rows(figures[name])), name
    assert ["Eastman ’25", 2, "0.62", "0.50"] in _rows(run().figures["fig-recode"])
    assert _rows(run().figures["fig-causes"])[0][0] == "participant"


def test_a_work_without_an_ordered_answer_gets_a_sentence_that_makes_sense(run: Trial) -> None:
    ran = run(CHANGES["no order and no commas"])
    assert "Q0" not in ran.said
    drawn = ran.figures["fig-recode"]["layout"]["annotations"]
    assert [a["text"] for a in drawn] == ["Rigby 1979 answers no question with an order. Try another."]


def test_the_guess_stands_beside_the_answer(run: Trial) -> None:
    def judges(change: str) -> str:
        html = [o.data["text/html"] for o in run(CHANGES[change]).outputs if "text/html" in o.get("data", {})]
        [table] = [table for table in html if "Four judges" in table]
        return table

    assert "your guess" not in judges("as written")
    both = re.sub(r"<[^>]+>", " ", judges("other choices").split("your guess")[1].split("</tr>")[0]).split()
    assert both == ["80", "20"]
    one = re.sub(r"<[^>]+>", " ", judges("no order and no commas").split("your guess")[1].split("</tr>")[0]).split()
    assert one == ["60"]


def test_folded_answers_agree_with_the_table(run: Trial) -> None:
    from seminar import load

    rows = load("historians")
    line = rows[rows.scale == "q8"].assign(code=lambda frame: frame.code.astype(int))
    codes = dict(zip(line.author, line.code, strict=True))
    assert [codes[name] for name in ("Malia", "Pipes", "Volkogonov")] == [2, 2, 2]
    assert [codes[name] for name in ("Tucker", "Daniels", "Wistrich")] == [-1, 1, 1]
    assert [codes[name] for name in ("Murphy", "Reiman", "Fitzpatrick", "Pirani")] == [-2, -2, 1, 1]
    tables = [o.data["text/html"] for o in run().outputs if "text/html" in o.get("data", {})]

    def cells(caption: str) -> dict[str, list[str]]:
        [table] = [table for table in tables if f"<caption>{caption}<" in table]
        found = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr>")[2:]]
        return {first: rest for first, *rest in found}

    judged, inside = cells("Four judges"), cells("Inside each school")
    assert [judged[name][-1] for name in ("ordered questions only", "no weak codes", "all", "own words only")] == [
        "4", "6", "15", "16"]
    _says(_answer(5), "only 4 and 6 deals", "in 15 or 16", "(33, where works of different schools agree by 42)",
          "(50, where others agree by 59)")
    assert (inside["classic"][1], judged["all"][3]) == ("33", "42")
    assert (inside["social"][3], judged["ordered questions only"][3]) == ("50", "59")
    assert max(inside, key=lambda name: float(inside[name][1])) == "post-archival"
