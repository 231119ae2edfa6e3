"""Reference pages and codebook: every row an entry with an address, every link with its card, every table described."""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from collections.abc import Callable
from html import unescape

import pytest
from conftest import ROOT, Book, Tree
from playwright.sync_api import Browser

sys.path.insert(0, str(ROOT / "_ext"))
from seminar_book.dating import order, period, spoken

PAGES = {
    "chronology": ("events", "event"),
    "people": ("people", "person"),
    "bodies": ("bodies", "body"),
    "letters": ("letters", "letter"),
    "glossary": ("glossary", "slug"),
    "errata": ("errata", "id"),
}


def rows(table: str) -> list[dict[str, str]]:
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    path = next(r["path"] for r in package["resources"] if r["name"] == table)
    with (ROOT / "data" / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("page", PAGES)
def test_every_row_is_an_entry_with_a_stable_address(book: Book, page: str) -> None:
    table, key = PAGES[page]
    html = (book.html / "chapters" / "reference" / f"{page}.html").read_text(encoding="utf-8")
    found = re.findall(rf'<dt[^>]* id="({table}-[^"]+)"', html)
    assert len(found) == len(set(found)) == len(rows(table))
    for row in rows(table):
        slug = re.sub(r"[^a-z0-9]+", "-", f"{table}-{row[key]}".lower()).strip("-")
        assert slug in found, f"{table}: no address for {row[key]}"


def test_each_election_lists_those_elected(book: Book) -> None:
    html = (book.html / "chapters" / "reference" / "bodies.html").read_text(encoding="utf-8")
    names = {row["person"]: row["name"] for row in rows("people")}
    elected: dict[str, set[str]] = {}
    for row in rows("compositions"):
        elected.setdefault(row["election"], set()).add(names[row["person"]])
    for election, people in elected.items():
        slug = re.sub(r"[^a-z0-9]+", "-", f"elections-{election}".lower()).strip("-")
        entry = html[html.index(f'id="{slug}"') :]
        entry = unescape(entry[: entry.find("<dt", 5) if "<dt" in entry[5:] else None])
        assert all(name in entry for name in people), f"{election}: {people}"


def test_a_heading_names_the_body_of_the_elections_below_it(book: Book) -> None:
    html = unescape((book.html / "chapters" / "reference" / "bodies.html").read_text(encoding="utf-8"))
    names = {row["body"]: row["name"] for row in rows("bodies")}
    for row in rows("elections"):
        slug = re.sub(r"[^a-z0-9]+", "-", f"elections-{row['election']}".lower()).strip("-")
        above = html[: html.index(f'id="{slug}"')].rpartition('records-part rubric">')[2]
        assert above.startswith(f"{names[row['body']]}, {row['date'][:4]}</p>"), row


@pytest.mark.parametrize("page, table, key, date", [
    ("chronology", "events", "event", "date"), ("letters", "letters", "letter", "date"),
    ("bodies", "meetings", "meeting", "date"),
])
def test_entries_stand_in_the_order_of_their_days(book: Book, page: str, table: str, key: str, date: str) -> None:
    html = unescape((book.html / "chapters" / "reference" / f"{page}.html").read_text(encoding="utf-8"))
    dates = {re.sub(r"[^a-z0-9]+", "-", f"{table}-{row[key]}".lower()).strip("-"): row[date] for row in rows(table)}
    shown = [order(dates[found]) for found in re.findall(rf'<dt[^>]* id="({table}-[^"]+)"', html)]
    assert shown == sorted(shown) and len(shown) == len(dates)
    first = html.index(f'id="{table}-')
    parts = re.findall(r'records-part rubric">(\d{4})</p>', html[html.rindex("records-part", 0, first):])
    assert parts == sorted(set(parts)), "a year is a heading once"


def test_dates_of_unlike_precision_have_one_order() -> None:
    dates = ["1922-12-31", "1923", "1923-01-04", "1923-03-05", "1923-03/1923-04", "1923-21", "1923-04/..", ""]
    assert sorted(dates, key=order) == [
        "1922-12-31", "1923", "1923-01-04", "1923-03/1923-04", "1923-21", "1923-03-05", "1923-04/..", ""]


@pytest.mark.parametrize("date, words", [
    ("1919-03-25/..", "from 25\u00a0March 1919 on"),
    ("1919-03-25/", "from 25\u00a0March 1919 to a day unknown"),
    ("/1914-07", "up to July 1914"),
    ("1917/1919", "1917–1919"),
    ("1921-03-08/1921-03-16", "8 to 16\u00a0March 1921"),
    ("1920-11-29/1920-12-04", "29\u00a0November to 4\u00a0December 1920"),
    ("1921-03/1921-05", "March to May 1921"),
    ("1922-10/1923-09", "October 1922 to September 1923"),
    ("1923-03?/1923-04", "March 1923 (uncertain) to April 1923"),
])
def test_a_time_reads_as_words(date: str, words: str) -> None:
    assert spoken(date) == words


def test_people_stand_by_surname(book: Book) -> None:
    html = unescape((book.html / "chapters" / "reference" / "people.html").read_text(encoding="utf-8"))
    names = re.findall(r'<dt[^>]* id="people-[^"]+"[^>]*>([^<]+)<', html)
    assert "Lenin, Vladimir" in names and names == sorted(names, key=str.casefold)
    assert not re.search(r"Q\d{4}|read-copy|cpsu/", re.sub(r"<[^>]+>", "", html.partition("<article")[2] or html))


def test_the_errata_explain_their_marks_and_sections(book: Book) -> None:
    html = unescape((book.html / "chapters" / "reference" / "errata.html").read_text(encoding="utf-8"))
    head = html[: html.index('id="errata-e01"')]
    for row in rows("codes"):
        if row["list"] in ("erratum-kind", "certainty", "erratum-weight"):
            assert f"<em>{row['code']}</em>: {row['meaning']}" in head, row
    for row in rows("thesis-sections"):
        assert f'<span class="mark">{row["section"]}</span>: ' in head
        assert row["title"].replace("'", "’") in head.replace("'", "’"), row["title"]


def test_each_person_has_offices_seats_and_disputes_by_date(book: Book) -> None:
    html = unescape((book.html / "chapters" / "reference" / "people.html").read_text(encoding="utf-8"))
    for label, table, shown in (
        ("Offices", "posts", "institution"),
        ("Seats", "memberships", "role"),
        ("In the disputes", "positions", "says"),
    ):
        for row in rows(table):
            if row.get("holding") == "offered":
                continue
            entry = html[html.index(f'id="people-{row["person"]}"') :]
            listed = re.search(rf"<em>{label}</em></p>\s*<ul(.*?)</ul>", entry[: entry.find("</dd>")], re.S)
            assert listed and row[shown].rstrip(".") in listed[1], row
    trotsky = html[html.index('id="people-trotsky"') :]
    told = re.search(r"<em>Offered and refused</em></p>\s*<ul(.*?)</ul>", trotsky, re.S)
    assert told and "deputy chairman" in told[1]
    offices = re.findall(r"<em>Offices</em></p>\s*<ul(.*?)</ul>", trotsky, re.S)[0]
    years = [int(year) for year in re.findall(r"(\d{4}) to", offices)]
    assert len(re.findall("<li>", offices)) > 4 and re.search(r"<p>[^<:]*19\d\d: ", offices)
    assert years == sorted(years) and len(years) > 4


@pytest.mark.parametrize("start, end, words", [
    ("1919-03-25", "", "from 25\u00a0March 1919"),
    ("1918-10-08", "1918-10-09/..", "8\u00a0October 1918 to 9\u00a0October 1918 or later"),
    ("1918-07-16/1918-07-24", "1921", "between 16\u00a0July 1918 and 24\u00a0July 1918 to 1921"),
])
def test_a_time_known_within_limits_says_so(start: str, end: str, words: str) -> None:
    assert period(start, end) == words


def test_a_card_opens_on_hover_and_focus_and_closes_on_escape(book: Book, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    page = context.new_page()
    page.goto((book.html / "chapters" / "05-arena.html").as_uri())
    link = page.locator("a.record-link:has([data-card])").nth(2)
    said = link.locator(".record").get_attribute("data-card")
    link.hover()
    page.locator(".note-card").wait_for()
    assert said and said in page.locator(".note-card").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".note-card").count() == 0
    page.mouse.move(0, 0)
    page.keyboard.press("Tab")  # focus by keyboard, wherever it lands, then on to the link
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.locator(".note-card").wait_for()
    context.close()


def test_the_filter_shows_one_person_and_says_how_many(book: Book, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    page = context.new_page()
    page.goto((book.html / "chapters" / "reference" / "chronology.html").as_uri())
    wanted = sum("trotsky" in re.split(r"\s*;\s*", row["people"]) for row in rows("events"))
    page.locator(".filter label", has_text="People").locator("select").select_option("people-trotsky")
    assert page.locator("dl.records > dt:visible").count() == wanted
    assert f"{wanted} of {len(rows('events'))}" in page.locator(".filter output").inner_text()
    context.close()


def test_the_codebook_describes_every_table_and_carries_it(book: Book) -> None:
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    html = unescape((book.html / "chapters" / "reference" / "codebook.html").read_text(encoding="utf-8"))
    with zipfile.ZipFile(book.html / "data" / "data.zip") as archive:
        packed = set(archive.namelist())
    for resource in package["resources"]:
        section = html[html.index(f'id="table-{resource["name"]}"') :]
        section = section[: section.index("</section>")]
        assert f"{len(rows(resource['name'])):,} rows" in section
        assert all(f">{field['name']}<" in section for field in resource["schema"]["fields"])
        assert (book.html / "data" / resource["path"]).read_bytes() == (ROOT / "data" / resource["path"]).read_bytes()
        assert f"the-machine-and-the-hand/data/{resource['path']}" in packed
        assert f">data/{resource['path']}</a>" in section
    assert html.count("One or more keys of references.bib") == 1, "columns of many tables are told once"
    assert {"the-machine-and-the-hand/references.bib", "the-machine-and-the-hand/data/datapackage.json"} <= packed


def test_an_unknown_entry_table_or_column_stops_the_build_with_its_place(scratch: Callable[[], Tree]) -> None:
    tree = scratch()
    page = tree.root / "chapters" / "reference" / "errata.md"
    text = page.read_text(encoding="utf-8")
    wrong = text.replace(":head: id, says", ":head: id, sayss\n:lists: Claims = claimz.section: statement")
    page.write_text(wrong + "\nSee {record}`people-trotzky`.\n", encoding="utf-8")
    for _ in range(2):
        result = tree.html_build()
        assert result.returncode
        assert re.search(r"errata\.md:\d+.*sayss.*“says”", result.stdout)
        assert re.search(r"errata\.md:\d+.*claimz.*“claims”", result.stdout)
        assert re.search(r"errata.*people-trotzky.*“people-trotsky”", result.stdout)
        assert "Traceback" not in result.stdout
