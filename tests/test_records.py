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
from seminar_book.dating import period

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


def test_the_index_of_the_pages_lists_people_bodies_and_terms(book: Book) -> None:
    html = unescape((book.html / "genindex.html").read_text(encoding="utf-8"))
    for table, column in (("people", "name"), ("bodies", "name"), ("glossary", "term")):
        for row in rows(table):
            given, _, last = row[column].rpartition(" ")
            words = f"{last}, {given}" if table == "people" and given else row[column]
            assert re.search(rf"<li>{re.escape(words)} <a href", html), words
    entry = html[html.index("<li>Trotsky, Leon ") :].partition("</li>")[0]
    links = re.findall(r'href="([^"#]+)#([^"]+)"', entry)
    assert len(links) > 5
    for page, anchor in links:
        assert f'id="{anchor}"' in (book.html / page).read_text(encoding="utf-8"), page


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
            listed = re.search(rf"<em>{label}</em>(.*?)</p>", entry[: entry.find("</dd>")])
            assert listed and row[shown].rstrip(".") in listed[1], row
    trotsky = html[html.index('id="people-trotsky"') :]
    told = re.search(r"<em>Offered and refused</em>(.*?)</p>", trotsky)
    assert told and "deputy chairman" in told[1]
    years = [int(year) for year in re.findall(r"(\d{4}) to", re.findall(r"<em>Offices</em>(.*?)</p>", trotsky)[0])]
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
