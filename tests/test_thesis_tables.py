"""The tables on the thesis and its field hold together: notes, errata, claims, codes, evidence, words."""

import csv
import io
import json
import re
import sys
from collections import Counter
from itertools import pairwise

import pytest
from conftest import ROOT

sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book.evidence import check, read  # noqa: E402

from seminar import load  # noqa: E402
from seminar.dates import parse  # noqa: E402

TABLES = [
    "thesis-sections",
    "thesis-notes",
    "claims",
    "errata",
    "scales",
    "scale-codes",
    "historians",
    "positions",
    "position-doubts",
    "explanations",
    "silence-evidence",
    "silence-bearing",
    "publications",
    "glossary",
    "abbreviations",
]
QUOTED = re.compile(r"“([^”]*)”")


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table as text."""
    return list(csv.DictReader((ROOT / f"data/{name}.csv").open(encoding="utf-8")))


@pytest.mark.parametrize("name", TABLES)
def test_loads_typed_and_described(name: str) -> None:
    frame = load(name)
    entry = next(r for r in json.loads((ROOT / "data/datapackage.json").read_text())["resources"] if r["name"] == name)
    assert len(frame) == entry["rows"] > 0
    assert len(entry["description"].split()) > 15 or name in {"abbreviations", "scales", "scale-codes"}
    for column in entry["schema"]["fields"]:
        if column.get("constraints", {}).get("required"):
            assert frame[column["name"]].notna().all(), column["name"]


def test_every_note_once_and_in_its_section() -> None:
    notes = rows("thesis-notes")
    assert [int(row["note"]) for row in notes] == list(range(1, 83))
    by_section = Counter(row["section"] for row in notes)
    for section in rows("thesis-sections"):
        span = range(int(section["first_note"] or 1), int(section["last_note"] or 0) + 1)
        assert len(span) == int(section["notes"]) == by_section[section["section"]]
        assert all(notes[n - 1]["section"] == section["section"] for n in span)


def test_an_ibid_carries_the_work_of_the_note_before() -> None:
    notes = rows("thesis-notes")
    carried = [(a, b) for a, b in pairwise(notes) if b["form"].startswith("ibid")]
    assert carried
    for before, note in carried:
        works = {before["work"], before["second_work"]} - {""}
        assert note["work"] in works, note["note"]
        if note["form"] == "ibid without page":
            assert note["pages"] == before["pages"], note["note"]


@pytest.mark.parametrize("table", ["errata", "claims"])
def test_a_note_that_is_named_stands_in_the_section_that_is_named(table: str) -> None:
    home = {row["note"]: row["section"] for row in rows("thesis-notes")}
    for row in rows(table):
        assert not row["note"] or home[row["note"]] == row["section"], row


def test_errata_quote_a_few_words_at_most() -> None:
    quotations = [q for row in rows("errata") for q in QUOTED.findall(row["says"])]
    assert quotations
    assert all(len(words.split()) <= 5 for words in quotations), quotations


def test_a_claim_rests_on_values_or_on_passages() -> None:
    for row in rows("claims"):
        assert bool(row["evidence"]) == (row["about"] == "economy"), row["claim"]
        assert row["source"], row["claim"]
    verdicts = Counter(row["verdict"] for row in rows("claims"))
    assert verdicts["supported"] > 5, "a table of claims that finds only faults is not fair"


@pytest.mark.parametrize("name", TABLES)
def test_places_stand_in_the_order_of_sources(name: str) -> None:
    for row in rows(name):
        if row.get("locator"):
            assert row["locator"].count(";") + 1 == len(row["source"].split()), row


def test_scales_have_all_their_steps() -> None:
    codes = rows("scale-codes")
    for scale in rows("scales"):
        mine = [row for row in codes if row["scale"] == scale["scale"]]
        if scale["form"] == "ordinal":
            assert [row["code"] for row in mine] == ["-2", "-1", "0", "1", "2"], scale
            assert all(row["value"] == row["code"] for row in mine)
        else:
            assert len(mine) > 2
            assert not any(row["value"] for row in mine)


@pytest.mark.parametrize(("table", "about"), [("historians", "historian"), ("positions", "actor")])
def test_positions_answer_questions_put_to_their_kind(table: str, about: str) -> None:
    asked = {row["scale"] for row in rows("scales") if row["about"] == about}
    assert {row["scale"] for row in rows(table)} == asked


def test_a_historian_is_coded_only_on_what_was_read() -> None:
    for row in rows("historians"):
        assert row["evidence"], row
        if row["source"] != row["work"]:
            assert row["known"] in {"read-review", "read-quoted"}, row
        if row["confidence"] == "firm":
            assert row["known"] != "read-quoted", row


def test_positions_are_of_the_time() -> None:
    for row in rows("positions"):
        start, end = parse(row["date"])
        assert start is not None, row
        assert end is not None, row
        assert 1920 <= start.year <= end.year <= 1924, row
    assert {row["person"] for row in rows("positions")} <= set(load("people")["person"])


def test_bearings_speak_for_and_against() -> None:
    bearings = rows("silence-bearing")
    signs: dict[str, set[bool]] = {}
    for row in bearings:
        assert int(row["bearing"]) in {-2, -1, 1, 2}, row
        signs.setdefault(row["explanation"], set()).add(int(row["bearing"]) > 0)
    named = {row["explanation"] for row in rows("explanations")}
    assert set(signs) == named
    assert {x for x, both in signs.items() if len(both) < 2} <= {"agreement"}, "each must be open to refutation"
    assert len({row["item"] for row in bearings}) > 15


def test_publications_stand_in_order() -> None:
    starts = [parse(row["date"])[0] for row in rows("publications")]
    years = [start.year for start in starts if start]
    assert len(years) == len(starts)
    assert years == sorted(years)


def test_words_point_to_words() -> None:
    slugs = {row["slug"] for row in rows("glossary")}
    assert len(slugs) >= 60
    for row in rows("glossary"):
        assert set(row["see"].split()) <= slugs - {row["slug"]}, row
    assert {row["term"] for row in rows("abbreviations")} - {""} <= slugs


SLIPS = [
    ("historians", "code", "3", "scale-codes"),
    ("errata", "section", "S14", "thesis-sections"),
    ("positions", "date", "last week", "EDTF"),
    ("silence-bearing", "bearing", "5", "breaks a rule"),
    ("publications", "source", "nobody1999", "references.bib"),
    ("thesis-notes", "form", "op. cit.", "is not one of the codes"),
]


def test_the_gate_refuses_slips() -> None:
    """A wrong cell in the first row is told with its file, its row and the rule; all at once."""
    files = read(ROOT)
    before = check(files)
    for table, column, wrong, _ in SLIPS:
        name = f"data/{table}.csv"
        cells = list(csv.reader(io.StringIO(files[name].decode(), newline="")))
        cells[1][cells[0].index(column)] = wrong
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(cells)
        files[name] = out.getvalue().encode()
    found = [str(slip) for slip in check(files) if slip not in before]
    for table, column, wrong, says in SLIPS:
        assert any(
            f"data/{table}.csv" in slip and "row 1" in slip and column in slip and wrong in slip and says in slip
            for slip in found
        ), (table, found)
