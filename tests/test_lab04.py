"""Lab 4 in a student's hands: copied alone, run without a network, with good and silly values."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from conftest import ROOT
from trial import Trial, boxes

from seminar import load

LAB = ROOT / "chapters/04-ruin-lab.md"
FIGURES = ["fig-income", "fig-borders", "fig-cities", "fig-industry", "fig-money", "fig-real", "fig-evidence"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_income": "50", "my_oil": "'150'", "show": "['oil']", "base_year": "1914", "year": "1918",
        "log_axis": "False", "strict": "True", "verdict_1": "'close'", "evidence_1": "'the census of 1920'",
    },
    "no data": {"base_year": "1916", "year": "1922", "show": "['exports', 'coal']", "strict": "True"},
    "not in the list": {
        "my_income": "900", "my_iron_and_steel": "'much'", "show": "['gold', 'oil']", "base_year": "1905",
        "year": "2020", "log_axis": "'maybe'", "strict": "3", "verdict_1": "'rubbish'", "evidence_1": "7",
    },
    "nonsense": {
        "my_income": "[]", "my_oil": "float('nan')", "show": "None", "base_year": "None", "year": "[1, 2]",
        "log_axis": "{}", "strict": "'True'", "verdict_1": "None", "evidence_1": "[1, 2]",
        "verdict_2": "'close', 'a third'", "evidence_2": "None",
    },
    "nothing left": {"show": "[]", "base_year": "''", "year": "float('inf')"},
}
#: What the page tells of a change: the change, its figure, what the title then says, what the box says.
TOLD: list[tuple[dict[str, str], str, list[str], list[str]]] = [
    ({"show": "['iron and steel']"}, "fig-income", ["iron and steel stood at 4,"], ["it stood at 4."]),
    ({"base_year": "1916"}, "fig-cities", ["Moscow no figure"], ["for 1916 it has no count"]),
    ({"year": "1919"}, "fig-industry", ["1 of 5 in 1919"], ["For 1919", "*1 of 5*"]),
    ({"year": "1922"}, "fig-industry", ["1 of 3 in 1922"], ["In 1922 it says *1 of 3*"]),
    (
        {"strict": "True"},
        "fig-evidence",
        ["Moscow no figure", "Petrograd 30–34", "income 36–37", "industry 4–102"],
        ["*no figure*", "Petrograd keeps 30 to 34", "income 36 to 37", "4 to 102"],
    ),
]
SENTENCES = {"not in the list": 7, "nonsense": 7, "nothing left": 3}


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


@pytest.mark.parametrize("typed", [(40, 43, 45), (0, 0, 0), (150, 150, 1)])
def test_guesses_stand_apart_and_beside_the_answer(run: Trial, typed: tuple[int, int, int]) -> None:
    values = dict(zip(("my_income", "my_iron_and_steel", "my_oil"), map(str, typed), strict=True))
    layout = run(values).figures["fig-income"]["layout"]
    low, high = layout["yaxis"]["range"]
    room = layout["height"] - 120  # px between the margins
    told = [a for a in layout["annotations"] if a["text"].startswith("you: ")]
    heights = sorted((a["y"] - low) * room / (high - low) + a["yshift"] for a in told)
    assert len(heights) == 3 and all(up - down > 16 for down, up in pairwise(heights))
    assert heights[0] >= 7, "a word stands on the axis"
    assert f"income 37 (you: {typed[0]}), iron and steel 4 (you: {typed[1]})" in layout["title"]["subtitle"]["text"]


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


def test_every_point_says_what_it_shows(run: Trial) -> None:
    for name, figure in run().figures.items():
        for trace in figure["data"]:
            if trace.get("hoverinfo") == "skip":
                continue
            said = trace.get("hovertemplate") or trace.get("hovertext")
            assert said, (name, trace.get("name"))
            each = [said] if isinstance(said, str) else said
            fraction = trace.get("marker", {}).get("symbol") == "line-ns-open"
            assert all("<br>" in words or "fullData" in words or fraction for words in each), (name, each)


def test_verdicts_are_those_of_the_book_and_ours_among_them(run: Trial) -> None:
    codes, claims = load("codes"), load("claims")
    verdicts = codes[codes["list"] == "verdict"]
    shown = " ".join(str(output.get("data", {}).get("text/html", "")) for output in run().outputs)
    assert all(meaning in shown for meaning in verdicts.meaning)
    assert set(claims.verdict) <= set(verdicts.code)
    assert ">Yours<" not in shown, "an empty column where no verdict was typed"
    judged = run(CHANGES["other choices"]).outputs
    assert any(">Yours<" in str(output.get("data", {}).get("text/html", "")) for output in judged)


def test_dots_are_told_from_counts(run: Trial) -> None:
    [table] = [str(o.data["text/html"]) for o in run().outputs if "How much evidence there is" in str(o.get("data"))]
    rows = [re.findall(r"<td[^>]*>([^<]*)", row) for row in table.split("<tr>")[2:]]
    assert {row[0]: (int(row[1]), int(row[3])) for row in rows} == {
        "Petrograd": (8, 6), "Moscow": (4, 4), "income": (3, 2), "industry": (11, 8),
    }  # fmt: skip


def test_required_steps_fit_their_time() -> None:
    steps = re.findall(r"(?m)^## .*\((\d+) minutes\)$", LAB.read_text(encoding="utf-8"))
    assert 30 <= sum(map(int, steps)) <= 35


def test_a_lost_quotation_mark_or_an_unknown_word_is_answered_by_a_sentence(run: Trial) -> None:
    for slip, sentence in (("tsar", "The word tsar means nothing here"), ("1914 or", "cannot be read")):
        ran = run({"base_year": slip})
        assert sentence in ran.said
        assert "Traceback" not in str(ran.outputs)


def test_every_change_is_told_on_the_page() -> None:
    page = LAB.read_text(encoding="utf-8")
    assert len(boxes(LAB)) == page.count("\n**Change.**") == 5


@pytest.mark.parametrize(("change", "figure", "title", "box"), TOLD)
def test_what_a_change_shows_is_what_the_page_says(
    run: Trial, change: dict[str, str], figure: str, title: list[str], box: list[str]
) -> None:
    drawn = run(change).titles[figure]
    told = boxes(LAB)[["fig-income", "fig-cities", "fig-industry", "fig-money", "fig-evidence"].index(figure)]
    assert [words for words in title if words not in drawn] == []
    assert [words for words in box if words not in told] == []


def test_a_reader_meets_names_of_sources_and_no_keys(run: Trial) -> None:
    economy = load("economy")
    keys = {key for keys in economy.source.dropna() for key in keys.split()} | set(economy.known.astype(str))
    shown = [str(output.get("data", {}).get("text/html", "")) for output in run().outputs]
    shown += [str(figure["layout"].get("meta", {}).get("table")) for figure in run().figures.values()]
    for key in keys - {"derived"}:
        assert not any(re.search(rf"\b{re.escape(key)}\b", words) for words in shown), key
    for name in ("fig-cities", "fig-industry", "fig-evidence"):
        rows = run().figures[name]["layout"]["meta"]["table"]["rows"]
        assert len({tuple(row) for row in rows}) == len(rows), f"{name} has rows that cannot be told apart"
        assert all(all(cell is not None for cell in row) for row in rows), name


def test_numbers_in_the_boxes_are_the_figures() -> None:
    economy = load("economy")
    steel = economy[economy.series == "idx_iron_steel"].set_index("period").value
    assert steel["1917"] < 100 * 2 / 3 and steel["1928"] < 90 and round(steel["1918"]) == 8
    assert all(3.5 <= steel[year] < 4.6 for year in ("1919", "1920", "1921"))
    peat = economy[economy.series == "peat_syb"].set_index("period").value
    assert round(100 * peat["1919"] / peat["1913"]) == 84
    for name, lost in (("coal", 61), ("iron_steel", 87)):
        line = economy[economy.series == f"idx_{name}"].set_index("period").value
        assert round(100 * (1 - line["1918"] / line["1917"])) == lost
    oil = economy[economy.series == "idx_oil"].set_index("period").value
    others = ("idx_coal", "idx_gdp_pc", "idx_iron_steel", "idx_exports")
    late = economy[economy.series.isin(others) & economy.period.isin(["1926", "1927", "1928"])]
    assert oil["1926"] < 100 < oil["1927"] and (late.value < 100).all()
    paper = economy[(economy.series == "paper_rubles") & (economy.source == "nansen1923")].set_index("period").value
    assert 60 < paper["1921-01"] / paper["1917-10"] < 65
    assert paper["1922-03-31"] / paper["1921-01"] > 60
