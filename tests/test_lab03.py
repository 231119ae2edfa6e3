"""Lab 3 in a student's hands, and the counts of offices behind it."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial

from seminar import choose_some, load, maps, style
from seminar.offices import KINDS, PLACES, counted, held, offices, until_known
from seminar.politics import sitting, spells

sys.path.insert(0, str(ROOT / "_ext"))

from seminar_book import export

LAB = ROOT / "chapters/03-civil-war-lab.md"
FIGURES = ["fig-places", "fig-offices", "fig-count", "fig-ends", "fig-quarrels"]
THREE = ["Lenin", "Trotsky", "Stalin"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "from_place": "'petrograd'", "to_place": "'Kronstadt'",
        "lenin": "4", "day": "'1918-10-04'", "people": "['Stalin']", "kinds": "['army']", "ends": "'run'",
        "found": "{'Labour army': '1920-06-30', 'Agitprop': '1922-04-03'}",
    },
    "edges": {
        "from_place": "'Baku'", "to_place": "'Baku'",
        "day": "'1917-11-08'", "people": "['Krestinsky', 'Dzerzhinsky']", "kinds": "['elsewhere']", "ends": "'drop'",
        "found": "{'Labour army': '1917-11-08'}",
    },
    "not in the list": {
        "from_place": "'Stalingrad'", "to_place": "'Vilna'",
        "stalin": "'many'", "day": "'1941-06-22'", "people": "['Kutuzov']", "kinds": "'navy'", "ends": "'guess'",
        "found": "{'Kremlin': '1919-01-01', 'Labour army': 'soon'}",
    },
    "nonsense": {
        "from_place": "[]", "to_place": "float('nan')",
        "trotsky": "[]", "day": "None", "people": "{}", "kinds": "None", "ends": "float('nan')", "found": "7",
    },
}
SENTENCES = {
    "not in the list": ["'Stalingrad' is not one of the choices: Moscow,", "'Vilna' is not one of the choices",
                        "'many' is not a number", "'1941-06-22' is not a day from", "Not among the choices: 'Kutuzov'",
                        "'guess' is not one of", "is called 'Kremlin'", "'soon' is not a day from"],
    "nonsense": ["None is not a day from", "nan is not one of"],
}


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed, edges = (run(CHANGES[choice]).titles for choice in ("as written", "other choices", "edges"))
    assert usual["fig-places"] == "From Moscow to Tsaritsyn: 911 km as the crow flies"
    assert changed["fig-places"] == "From Petrograd to Kronstadt: 30 km as the crow flies"
    assert edges["fig-places"] == "From Baku to Baku: 0 km as the crow flies"
    assert usual["fig-count"] == "Most at once: Stalin 6, Trotsky 4, Lenin 3"
    assert changed["fig-count"].startswith("Most at once: Stalin 4")
    assert usual["fig-ends"] == "Offices on 1 January 1920: Stalin 5–8, Krestinsky 4, Trotsky 3–4"
    assert changed["fig-ends"].startswith("Offices on 4 October 1918: Stalin 2–4")
    assert usual["fig-offices"] == "Spells in office: Stalin 18, Trotsky 7, Lenin 4"
    assert "Dzerzhinsky" in edges["fig-offices"] and "Stalin" not in edges["fig-offices"]
    assert usual["fig-quarrels"] == "At least 5 of 6 quarrels fall while Stalin sat on an army council"


def test_a_guess_stands_beside_the_answer(run: Trial) -> None:
    def caption(changes: dict[str, str]) -> str:
        html = "".join(o["data"].get("text/html", "") for o in run(changes).outputs if "data" in o)
        return re.findall("Certainly held on [^<]*", html)[0]

    answer = "Certainly held on 1 January 1920: Lenin 3, Trotsky 3, Stalin 5"
    assert caption({}) == answer
    assert caption({"lenin": "7", "stalin": "2"}) == answer + " (you: Lenin 7, Stalin 2)"
    assert "you" not in caption({"lenin": "7", "day": "'1918-10-04'"})


def test_every_figure_says_in_table_and_hover_what_it_shows(run: Trial) -> None:
    figures = run().figures
    tables = {name: figure["layout"]["meta"]["table"] for name, figure in figures.items()}
    count = [row for row in tables["fig-count"]["rows"] if row[0] == "1920-07-15"]
    assert tables["fig-count"]["columns"] == ["Offices held on", *THREE, "Anybody else, at most"]
    assert count == [["1920-07-15", 3, 4, 6, 4]], "counts, and not the heights of lines moved apart"
    assert all(isinstance(n, int) for row in tables["fig-count"]["rows"] for n in row[1:])
    [transport] = [row for row in tables["fig-offices"]["rows"] if row[1] == "Transport"]
    assert transport[3:] == ["1920-03-01", "1920-03-31", "1920-12-01", "over by 1920-12-31"]
    after = {row[6] for row in tables["fig-offices"]["rows"]}
    assert {"over", "held on", "end not read"} <= after
    assert [row[3] for row in tables["fig-quarrels"]["rows"]].count("") == 1
    assert "Km from Baku" in run(CHANGES["edges"]).figures["fig-places"]["layout"]["meta"]["table"]["columns"]
    for name in FIGURES:
        for trace in figures[name]["data"]:
            told = trace.get("hovertext") or trace.get("text") or trace.get("hovertemplate")
            assert trace.get("hoverinfo") == "skip" or told, (name, trace.get("name"))
    lines = {trace["name"]: trace["text"] for trace in figures["fig-count"]["data"]}
    assert "Stalin: 6 (July 1920)" in lines["Stalin"]


def test_bars_are_solid_and_dots_run_where_an_end_is_not_certain(run: Trial) -> None:
    drawn = run().figures["fig-offices"]["data"]
    bars = [trace for trace in drawn if trace["mode"] == "lines" and trace["line"]["width"] == 9]
    assert [trace["name"] for trace in bars] == THREE and not any("dash" in trace["line"] for trace in bars)
    dots = {trace["name"]: trace["y"] for trace in drawn if "dash" in trace.get("line", {})}
    rows = {name: {row for row in ys if row} for name, ys in dots.items()}
    assert rows == {"Trotsky, perhaps": {"Trotsky|Transport"},
                    "Stalin, perhaps": {"Stalin|N. Caucasus", "Stalin|South front", "Stalin|Rabkrin"}}  # fmt: skip


def test_a_seat_that_is_not_certain_is_drawn_as_dots() -> None:
    fig = style.figure("Title")
    orgburo = spells("orgburo")
    style.spans(fig, orgburo[orgburo.surname == "Dzerzhinsky"])
    found = [(trace.line.dash is not None, *(str(day)[:10] for day in trace.x)) for trace in fig.data]
    assert (True, "1921-08-08", "1924-06-01") in found and (False, "1921-08-08", "1922-04-04") in found


def test_a_name_is_taken_as_the_tables_print_it(run: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    places = load("places")
    for name, *others in places[["name", "russian", "now"]].fillna("").itertuples(index=False):
        for typed in filter(None, (name, *others)):
            assert maps.named(places, typed) in (name, typed) and maps.named(places, name) == name
            assert choose_some([maps.named(places, typed)], *places.name) == [name]
    rows = offices()
    for full, surname in set(zip(rows.name, rows.surname, strict=True)):
        assert choose_some([full], *rows.surname.unique()) == [surname]
    assert not capsys.readouterr().out
    assert run({"to_place": "'Volgograd'"}).titles["fig-places"].startswith("From Moscow to Tsaritsyn")
    nobody = run({"people": "['Nobody']", "kinds": "['navy']", "to_place": "'Vilna'"})
    assert nobody.titles["fig-offices"] == run().titles["fig-offices"]
    assert nobody.titles["fig-count"] == run().titles["fig-count"]
    assert nobody.said.count("Tsaritsyn") == 2, "once among the choices, once as the one that is used"


def test_what_we_see_is_so() -> None:
    """The bodies and kinds of office in the folded answers to "Look"."""
    rows = offices("1917-11-08", "1922-12-31")
    three = rows[rows.surname.isin(THREE)]
    assert (three.surname == "Lenin").sum() == 4 == three.surname.value_counts().min()
    sat: dict[str, set[str]] = {}
    for day in pd.date_range("1917-11-08", "1922-12-30"):
        for office, names in held(three, day).groupby("office").surname:
            if len(names) > 1:
                sat.setdefault(str(office), set()).update(names)
    assert sat == {"The four": set(THREE), "Politburo": set(THREE),
                   "Republic": {"Trotsky", "Stalin"}, "Defence, STO": {"Lenin", "Stalin"}}  # fmt: skip
    diamonds = three.office[(three.surname == "Stalin") & ~three.ended]
    assert set(diamonds) == {"Food, south", "N. Caucasus", "Defence, STO", "Labour army", "Agitprop"}


def test_what_the_boxes_tell_of_a_change_is_so(run: Trial) -> None:
    """The numbers in the boxes "What you should see", and in the paragraph for paper."""
    places = load("places")
    assert round(maps.distance(places, "Moscow", "Kronstadt")) == 660
    titles = {
        "run": "Stalin 10, Trotsky 5, Lenin 3", "drop": "Stalin 6, Trotsky 4, Lenin 3",
        "army": "Trotsky 2, Stalin 2, Lenin 0", "party": "Stalin 3, Lenin 1, Trotsky 1",
        "government": "Stalin 3, Lenin 2, Trotsky 1",
    }  # fmt: skip
    for value, title in titles.items():
        change = {"ends": f"'{value}'"} if value in ("run", "drop") else {"kinds": f"['{value}']"}
        assert run(change).titles["fig-count"] == f"Most at once: {title}", change
    rows = offices("1917-11-08", "1922-12-31")
    months = pd.date_range("1917-11-15", "1922-12-15", freq=pd.DateOffset(months=1))
    level = counted(rows[rows.kind == "army"], months).Stalin
    assert sum(level == 2) == sum(level["1920"] == 2) == 4
    assert sum(~rows.ended[rows.surname == "Stalin"]) == 5 and rows.ended[rows.surname == "Lenin"].all()

    running = until_known(rows, "run", "1922-12-31")
    days = {"1918-07-10": (1, 1, 2), "1919-07-05": (3, 4, 6), "1922-04-03": (3, 3, 5),
            "1918-03-20": (1, 1, 1), "1922-12-01": (3, 3, 4)}  # fmt: skip
    for day, sure in days.items():
        assert tuple(held(rows, day).surname.value_counts()[THREE]) == sure, day
    assert tuple(held(running, "1918-03-20").surname.value_counts()[THREE]) == (1, 1, 1)
    assert tuple(held(running, "1922-12-01").surname.value_counts()[THREE]) == (3, 4, 9)
    began = {day: set(rows.surname + ": " + rows.office.where(rows.start == day)) for day in days}
    assert {"Stalin: West front", "Trotsky: South front"} <= began["1919-07-05"]
    assert "Stalin: Secretariat" in began["1922-04-03"]
    stalin = held(rows[rows.surname == "Stalin"], "1918-07-10")
    assert set(stalin.office) == {"Nationalities", "Food, south"}

    krestinsky, dzerzhinsky = (rows[rows.surname == name] for name in ("Krestinsky", "Dzerzhinsky"))
    assert len(krestinsky) == 4 and krestinsky.ended.all()
    assert set(krestinsky.end[krestinsky.kind == "party"]) == {pd.Timestamp("1921-03-16")}
    assert len(dzerzhinsky) == 5 and sum(dzerzhinsky.office == "Cheka") == 2


def test_the_numbers_of_the_chapter_do_not_depend_on_choices(run: Trial) -> None:
    usual = run().glued
    assert usual == run(CHANGES["other choices"]).glued == run(CHANGES["edges"]).glued
    assert usual["war_tsaritsyn_km"] == "910"
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


def test_distances_are_those_of_another_formula() -> None:
    """Mean latitude and the length of a degree on the ellipsoid of 1984: no haversine, no round earth."""
    places = load("places")
    at = places.set_index("name")
    for one, other in combinations(places.name, 2):
        middle = math.radians((at.lat[one] + at.lat[other]) / 2)
        north = 111.132 - 0.559 * math.cos(2 * middle)
        east = 111.412 * math.cos(middle) - 0.094 * math.cos(3 * middle)
        flat = math.hypot((at.lat[one] - at.lat[other]) * north, (at.lon[one] - at.lon[other]) * east)
        assert maps.distance(places, one, other) == pytest.approx(flat, rel=0.02), (one, other)
    assert maps.distance(places, "Moscow", "Baku") == maps.distance(places, "Baku", "Moscow")


def words_drawn(svg: str) -> Iterator[tuple[str, float, float, float, float]]:
    """The words of a drawing, each with the edges of its line (left, top, right, bottom) in px."""

    def walk(node: ElementTree.Element, x: float, y: float) -> Iterator[tuple[str, float, float, float, float]]:
        if shift := re.search(r"translate\(([-\d.]+),([-\d.]+)\)", node.get("transform", "")):
            x, y = x + float(shift[1]), y + float(shift[2])
        if node.tag.endswith("text"):
            lines = ["".join(line.itertext()) for line in node if line.get("dy")] or ["".join(node.itertext())]
            for n, line in enumerate(lines):
                wide = 6.2 * len(line)  # a little more than the sans takes at 13 px
                anchor = {"end": 1, "middle": 0.5}.get(node.get("text-anchor", ""), 0)
                left = x + float(node.get("x", 0)) - wide * anchor
                base = y + float(node.get("y", 0)) + 17 * n
                yield line.strip(), left, base - 10, left + wide, base + 3
        for child in node:
            yield from walk(child, x, y)

    return walk(ElementTree.fromstring(svg), 0, 0)


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_every_place_lies_on_the_map_and_no_two_names_meet(size: str) -> None:
    places = load("places")
    west, east, south, north = maps.EDGES
    assert places.lon.between(west, east).all() and places.lat.between(south, north).all()
    fig = maps.chart(places, "Title", "Subtitle", route=("Moscow", "Tsaritsyn"))
    words = list(words_drawn(export.draw(json.loads(fig.to_json()), size, "f")))
    assert set(places.name) | {"500 km"} <= {word for word, *_ in words}
    assert ("Black Sea" in {word for word, *_ in words}) == (size == "wide")
    for word, left, top, right, bottom in words:
        assert left >= 0 and right <= export.WIDTHS[size] and top >= 0, word
        for other, left2, top2, right2, bottom2 in words:
            apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert word == other or apart, f"{word} and {other}"


def test_a_map_keeps_its_shape_on_a_phone() -> None:
    fig = maps.chart(load("places"), "Title", "Subtitle", route=("Moscow", "Tsaritsyn"))
    shapes = []
    for size in export.WIDTHS:
        layout = export.fit(json.loads(fig.to_json()), size)["layout"]
        margin = layout["margin"]
        shapes.append((layout["height"] - margin["t"] - margin["b"]) / (layout["width"] - margin["l"] - margin["r"]))
    west, east, south, north = maps.EDGES
    assert shapes == pytest.approx([(north - south) / ((east - west) * math.cos(math.radians(50)))] * 2, rel=0.01)


def test_seas_and_lakes_are_closed_and_run_in_order() -> None:
    for (kind, _), line in load("outlines").groupby(["kind", "line"], observed=True):
        assert list(line.position) == list(range(1, len(line) + 1))
        ends = line[["lon", "lat"]].iloc[[0, -1]].drop_duplicates()
        assert len(ends) == (2 if kind == "river" else 1)
