"""The printed reader, held by where things stand and how they look, not only by its text.

Two books are looked at: the real one, and ``reader_book``, a small one of awkward cases.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pdfplumber
import pikepdf
import pytest
from conftest import ROOT, Book
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser

sys.path.insert(0, str(ROOT / "_ext"))
from seminar_book import index, paper
from seminar_book.fonts import static_fonts

# One worker prints the book and reads it once for all these tests.
pytestmark = pytest.mark.xdist_group("print")

MM = 72 / 25.4
PAGE = (210 * MM, 297 * MM)
EDGE = 23 * MM  # of the frame, left and right
FOOT = PAGE[1] - 30 * MM  # of the text
BODY, NOTE, CALL, OPENING = 10.5, 8.5, 7.5, 27.0  # sizes in points
EPOCH = "1763800000"  # 22 November 2025
RED, BLUE, GREY = (163, 38, 42), (59, 111, 148), (111, 106, 98)


@dataclass
class Printed:
    """A PDF, opened once and read in parts."""

    path: Path

    @cached_property
    def pages(self) -> list[Any]:
        return pdfplumber.open(self.path).pages

    @cached_property
    def texts(self) -> list[str]:
        return [page.extract_text() for page in self.pages]

    @cached_property
    def all_text(self) -> str:
        return "\n".join(self.texts)

    @cached_property
    def pdf(self) -> pikepdf.Pdf:
        return pikepdf.open(self.path)

    @cached_property
    def anchors(self) -> dict[str, int]:
        """Page number of each named destination."""
        numbers: dict[Any, int] = {page.objgen: n for n, page in enumerate(self.pdf.pages, 1)}
        names = self.pdf.Root.Names.Dests.Names
        return {str(names[i]): numbers[names[i + 1][0].objgen] for i in range(0, len(names), 2)}

    @cached_property
    def links(self) -> list[tuple[int, str, str]]:
        """(page, anchor or address, description) of every link."""
        found = []
        for number, page in enumerate(self.pdf.pages, 1):
            for link in page.get("/Annots", ()):
                target = str(link.Dest) if "/Dest" in link else str(link.A.URI)
                found.append((number, target, str(link.Contents)))
        return found

    @cached_property
    def elements(self) -> list[Any]:
        """Every structure element."""
        found = []

        def walk(element: Any) -> None:
            found.append(element)
            for kid in element.get("/K", ()):
                if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                    walk(kid)

        walk(self.pdf.Root.StructTreeRoot.K[0])
        return found

    def tagged(self, kind: str) -> list[Any]:
        return [element for element in self.elements if "/" + kind == element.S]

    def page_of(self, words: str) -> int:
        """The one page on which ``words`` are printed."""
        found = [n for n, text in enumerate(self.texts, 1) if words in " ".join(text.split())]
        assert len(found) == 1, f"{words!r} stands on pages {found}"
        return found[0]

    def raster(self, number: int, dpi: int = 150) -> np.ndarray[Any, Any]:
        """The picture of a page: height, width, three colours."""
        done = subprocess.run(
            ["pdftoppm", "-r", str(dpi), "-f", str(number), "-l", str(number), "-png", self.path],
            capture_output=True, check=True)
        return np.asarray(Image.open(BytesIO(done.stdout)).convert("RGB"))

    def openings(self) -> dict[int, str]:
        """Page and title of each chapter, by the size of its letters."""
        found: dict[int, str] = {}
        for number, page in enumerate(self.pages, 1):
            title = page.filter(lambda o: abs(o.get("size", OPENING) - OPENING) < 0.1)
            if title.chars:
                found[number] = " ".join(title.extract_text().split())
        return found


def build_little(
    target: Path, builder: str = "reader", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Print the small book in a copy of its folder, or make its pages for the screen."""
    if not target.exists():
        shutil.copytree(ROOT / "tests/reader_book", target)
    environment = os.environ | {
        "SEMINAR_EXT": str(ROOT / "_ext"), "SOURCE_DATE_EPOCH": EPOCH, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-b", builder,
         "-d", "_build/.doctrees", ".", f"_build/{builder}"],
        cwd=target, env=environment | variables, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.fixture(scope="session")
def little(shared_folder: Path) -> Printed:
    """The small book of awkward cases, printed once for all workers."""
    folder = shared_folder / "little"
    os.environ["READER_BOOK_CACHE"] = str(shared_folder / "little-cache")  # its lab runs once
    with (shared_folder / "little.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            done = build_little(folder)
            assert done.returncode == 0, done.stdout[-6000:]
    return Printed(folder / "_build/pdf/reader.pdf")


@pytest.fixture(scope="session")
def real(book: Book) -> Printed:
    """The printed reader of this tree."""
    return Printed(book.pdf)


@pytest.fixture(params=["little", "real"])
def printed(request: pytest.FixtureRequest) -> Printed:
    """Each of the two books in turn."""
    found: Printed = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def fonts(shared_folder: Path) -> dict[Any, Path]:
    """The static fonts of print."""
    return static_fonts(shared_folder / "press/fonts")


@pytest.fixture
def press(tmp_path: Path, fonts: dict[Any, Path]) -> Callable[..., Printed]:
    """A maker of books of one chapter from plain HTML, without Sphinx."""

    def print_one(body: str, headings: str = "", **more: Any) -> Printed:
        listed = tmp_path / index.FILE
        listed.write_text(headings, encoding="utf-8")
        leaf = paper.Leaf("one", "One", number="1", body=f"<section><h1>One</h1>{body}</section>")
        book = paper.Book(
            "A Trial", "of the press", "Nobody", "en", "None.", "", int(EPOCH),
            paper.Leaf("index", "To the reader"), [leaf], index.read(listed), **more)
        folder = tmp_path / "fonts"
        folder.mkdir(exist_ok=True)
        own = {face: Path(shutil.copy(path, folder)) for face, path in fonts.items()}
        paper.print_reader(book, own, tmp_path / "pdf/reader.pdf")
        return Printed(tmp_path / "pdf/reader.pdf")

    return print_one


def early_ends(page: Any) -> Iterator[str]:
    """Each line of the text that ends although the next word of its paragraph would fit in it."""
    left = EDGE if page.page_number % 2 else 61 * MM
    right = left + 126 * MM
    lines = [line for line in page.extract_text_lines(return_chars=True, y_tolerance=5)
             if all(abs(line["chars"][end]["size"] - BODY) < 0.1 for end in (0, -1))]
    for line, following in pairwise(lines):
        first = len(re.split(r"(?<=[-\u2010–—/])|\s", following["text"])[0])
        word = following["chars"][:first]
        below = following["bottom"] - line["bottom"]
        same = abs(following["x0"] - left) < 1 and below < 15
        if same and line["x1"] + word[-1]["x1"] - word[0]["x0"] + 4 < right:
            yield f"page {page.page_number}: {line['text']} / {following['text']}"


def test_no_line_ends_early(real: Printed) -> None:
    """A paragraph that starts without its indent, after another, is found too."""
    assert [words for page in real.pages for words in early_ends(page)] == []


def test_no_word_is_cut_without_a_hyphen(printed: Printed) -> None:
    lines = [line.split() for text in printed.texts for line in text.splitlines() if line.strip()]
    words = {re.sub(r"^\W+|\W+$", "", word) for line in lines for word in line[1:-1]}
    for line, following in pairwise(lines):
        end, start = re.sub(r"^\W+", "", line[-1]), re.sub(r"\W+$", "", following[0])
        if re.fullmatch(r"[^\W\d]+", end) and re.fullmatch(r"[^\W\d]+", start) and start.islower():
            cut = end + start in words and not {end, start} <= words
            assert not cut, f"{' '.join(line[-4:])} / {' '.join(following[:3])}"
    assert not re.search(r"\bh(t(t(ps?:?)?)?)?\n", printed.all_text), "an address is cut in its first letters"


def test_four_letters_at_least_follow_a_hyphen_of_ours(real: Printed) -> None:
    words = set(re.findall(r"[^\W\d_]+", real.all_text))
    cut = [pair for pair in re.findall(r"([^\W\d_]+)[-\u2010]\n([^\W\d_]+)", real.all_text)
           if "".join(pair) in words]
    assert len(cut) > 10
    assert [pair for pair in cut if len(pair[1]) < 4] == []


def note_call(number: int, words: str) -> str:
    """A call and its note, as the builder writes them."""
    return (f'<span class="note-call to--one--n{number}" id="one--c{number}">{number}</span>'
            f'<div class="note-body" id="one--n{number}"><p>{words}</p></div>')


# --- notes ---------------------------------------------------------------------------

CALLS = {
    "has a plain note": "ALPHA", "One,": "BRAVO", "two,": "CHARLIE", "three,": "DELTA",
    "calls stand close together": "ECHO", "A heading with a note": "FOXTROT",
    "This is the first call.": "GOLF", "An item of a list with a note.": "HOTEL",
    "A box may hold a note,": "INDIA", "the words were found.": "JULIETT", "Anna Quire": "KILO",
    "Some notes will not be short.": "LIMA", "Some have two paragraphs and a list.": "NOVEMBER",
    "Two works say so.": "OSCAR", "nobody turns pages for a note.": "PAPA", "exists to try the press.": "QUEBEC",
}


@pytest.mark.parametrize(("call", "word"), CALLS.items())
def test_each_note_stands_at_the_foot_of_the_page_of_its_call(
    little: Printed, call: str, word: str
) -> None:
    number = little.page_of(word)
    assert call in " ".join(little.texts[number - 1].split())
    page = little.pages[number - 1]
    found = page.search(word)[0]
    assert {round(c["size"], 1) for c in found["chars"]} == {NOTE}
    body = [c for c in page.chars if abs(c["size"] - BODY) < 0.1]
    assert found["top"] > max(c["bottom"] for c in body)
    assert found["bottom"] < FOOT + 1


def test_every_call_leads_to_a_note_on_its_page(printed: Printed) -> None:
    calls = [(page, target) for page, target, words in printed.links if words.startswith("Note ")]
    assert len({target for _, target in calls}) >= 10
    for page, target in calls:
        if printed.anchors[target] != page:  # only a second call leads to an earlier page
            assert f"As above, p. {printed.anchors[target]}." in printed.texts[page - 1]


def test_every_note_of_the_sources_is_printed(real: Printed) -> None:
    sources = [ROOT / "index.md", *(ROOT / "chapters").rglob("*.md")]
    written = sum(len(re.findall(r"^\[\^[^\]]+\]:", s.read_text(), re.MULTILINE)) for s in sources)
    assert written > 10
    again = real.all_text.count("As above, p. ")
    assert len(real.tagged("Note")) == written + again


def test_notes_are_numbered_anew_in_each_chapter_as_on_the_web(little: Printed) -> None:
    by_page = defaultdict(list)
    for page, _, words in little.links:
        if words.startswith("Note "):
            by_page[page].append(int(words.removeprefix("Note ")))
    numbers = [n for page in sorted(by_page) for n in by_page[page]]
    # The preface; the chapter, where note 7 is called again (call and note both lead to the
    # first one); its answer, at the end.
    assert numbers == [1, *range(1, 14), 7, 14, 7, 15]


def test_a_note_called_twice_is_printed_once_and_found_again(little: Printed) -> None:
    first = little.page_of("A note called twice, GOLF.")
    second = little.page_of("This is the second call of the note")
    assert second != first
    assert f"7 As above, p. {first}." in little.texts[second - 1]


def test_a_call_is_never_parted_from_its_word(printed: Printed) -> None:
    for number, page in enumerate(printed.pages, 1):
        for line in page.extract_text_lines(return_chars=True, y_tolerance=5):
            first = line["chars"][0]
            assert abs(first["size"] - CALL) > 0.1, f"page {number}: {line['text']}"


def test_notes_stay_with_their_calls_on_thirty_crowded_pages(
    press: Callable[[str], Printed]
) -> None:
    words = (ROOT / "tests/reader_book/prose.txt").read_text().split()
    body = ""
    for n in range(1, 141):
        length = 20 + n * 37 % 90
        body += (f"<p>{' '.join(words[:length])} word{note_call(n, ' '.join(words[:n * 13 % 60 + 2]))}"
                 f" {' '.join(words[:n * 29 % 50])}</p>")
    tight = press(body)
    assert len(tight.pages) > 20
    calls = [(page, target) for page, target, said in tight.links if said.startswith("Note ")]
    assert len(calls) == 140
    assert [tight.anchors[target] for _, target in calls] == [page for page, _ in calls]
    assert [words for page in tight.pages for words in early_ends(page)] == []


def test_a_note_that_its_page_cannot_hold_is_named(
    press: Callable[[str], Printed], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(paper.logger, "warning", lambda text, *_: said.append(text))
    press(f"<p>Text{note_call(1, 'word ' * 2500)}{note_call(2, 'word ' * 900)}</p><p>More.</p>")
    assert said
    assert all(re.fullmatch(
        r"note \d of one, called on page \d+, (stands on page \d+|is not printed): "
        r"shorten the note, or move its call", line) for line in said), said


# --- pages ---------------------------------------------------------------------------


def body_foot(page: Any) -> float:
    """The lowest point of text, drawing or note above the page number, in points."""
    marks = [c["bottom"] for c in page.chars if c["text"].strip() and c["bottom"] < FOOT + 2]
    return float(max(marks, default=0))


def test_no_page_is_left_half_empty(printed: Printed) -> None:
    openings = printed.openings()
    for number, page in enumerate(printed.pages, 1):
        following = number + 1
        last = following in openings or following > len(printed.pages) or (
            not printed.texts[following - 1].strip())
        if number < 4 or last:
            continue
        rows = sorted(c["bottom"] for c in page.chars if c["text"].strip() and c["top"] > 25 * MM)
        rows += sorted(float(r["bottom"]) for r in (*page.rects, *page.curves, *page.lines))
        rows = sorted(r for r in rows if r < FOOT + 2)
        gap = max(b - a for a, b in zip(rows, [*rows[1:], FOOT], strict=True))
        # A call cannot stand without its note: a very long one takes its line to the next page.
        notes = [c for c in printed.pages[number].chars if abs(c["size"] - NOTE) < 0.1]
        depth = max(c["bottom"] for c in notes) - min(c["top"] for c in notes) if notes else 0
        assert gap < (75 * MM if depth < 70 * MM else depth + 20 * MM), f"page {number}: {gap / MM} mm"


def test_nothing_runs_off_the_frame(printed: Printed) -> None:
    for number, page in enumerate(printed.pages, 1):
        assert (round(page.width), round(page.height)) == (595, 842)
        for mark in (*page.chars, *page.rects, *page.lines, *page.curves):
            if mark.get("text", "x").strip():
                place = f"page {number}: {mark.get('text', mark['object_type'])}"
                assert mark["x0"] > EDGE - 2 and mark["x1"] < PAGE[0] - EDGE + 2, place
                assert mark["top"] > 10 * MM and mark["bottom"] < PAGE[1] - 10 * MM, place


def test_text_never_runs_into_the_notes(printed: Printed) -> None:
    for number, page in enumerate(printed.pages, 1):
        notes = [c for c in page.chars if abs(c["size"] - NOTE) < 0.1 and "Caption" in c["fontname"]]
        body = [c for c in page.chars if abs(c["size"] - BODY) < 0.1 and c["text"].strip()]
        if notes and body:
            assert max(c["bottom"] for c in body) < min(c["top"] for c in notes), f"page {number}"


def test_a_line_holds_sixty_two_to_seventy_letters(printed: Printed) -> None:
    full = []
    for page in printed.pages:
        for line in page.extract_text_lines(return_chars=True):
            sizes = {round(c["size"], 1) for c in line["chars"]}
            if BODY in sizes and line["x1"] - line["x0"] > 125 * MM:
                full.append(len(line["text"]))
    assert len(full) > 50
    assert 62 <= float(np.mean(full)) <= 70


def test_the_margin_for_the_pencil_is_outside(printed: Printed) -> None:
    seen = set()
    for number, page in enumerate(printed.pages, 1):
        body = [c for c in page.chars if abs(c["size"] - BODY) < 0.1 and c["text"].strip()]
        if len(body) > 200:
            left, right = min(c["x0"] for c in body), PAGE[0] - max(c["x1"] for c in body)
            outer, inner = (right, left) if number % 2 else (left, right)
            assert outer > 58 * MM and 20 * MM < inner < 30 * MM, f"page {number}"
            seen.add(number % 2)
    assert seen == {0, 1}


def contents(printed: Printed) -> str:
    """The words of the contents, which may run over several pages."""
    after = min(page for page in printed.openings() if page > 3)
    return "\n".join(printed.texts[2 : after - 1])


def test_contents_give_true_pages(printed: Printed) -> None:
    openings = {" ".join(title.split()): page for page, title in printed.openings().items()}
    page = contents(printed)
    assert "Contents" in page
    for title, number in openings.items():
        if title == "Contents":
            continue
        start = " ".join(title.split()[:4])
        row = re.search(re.escape(start) + r"[^\n]*?(?:\n[^\n\d]*)?\s(\d+)$", page, re.MULTILINE)
        assert row, f"{start!r} is not in the contents"
        assert int(row[1]) == number
    assert len(openings) >= 5


def test_the_preface_keeps_its_table_beside_its_sentence(real: Printed) -> None:
    """On the same page, or on the one that faces it."""
    opening = next(page for page, title in real.openings().items() if title == "To the reader")
    assert opening % 2 == 0 and real.page_of("Table 1 One week, two weeks, four") in (opening, opening + 1)
    assert "Three routes" in real.texts[opening - 1]


def test_the_whole_plan_stands_on_one_page(real: Printed) -> None:
    assert re.search(r"\nIndex \d+", real.texts[2])


def test_contents_name_what_is_to_come_without_a_page(real: Printed) -> None:
    rows = [line for line in contents(real).splitlines() if line.endswith(" to come")]
    linked = {words for page, _, words in real.links if page == 3}
    for row in rows:
        title = row.removesuffix(" to come")
        assert re.match(r"\d+ \w", title)
        assert not any(title in words for words in linked)
    assert "chapters_to_come" not in (ROOT / "_config.yml").read_text() or rows


def test_chapters_open_on_right_hand_pages(printed: Printed) -> None:
    chapters = [n for n, page in enumerate(printed.pages, 1)
                if any(abs(c["size"] - 40) < 0.1 for c in page.chars)]
    assert chapters
    assert all(n % 2 for n in chapters)


def test_running_heads_and_page_numbers(printed: Printed) -> None:
    title = str(printed.pdf.docinfo["/Title"])
    openings = printed.openings()
    current = ""
    checked = numbered = 0
    for number, page in enumerate(printed.pages, 1):
        current = openings.get(number, current)
        head = page.crop((0, 0, page.width, 25 * MM)).extract_text().strip()
        foot = page.crop((0, PAGE[1] - 25 * MM, page.width, page.height)).extract_text().strip()
        if number < 3 or not page.chars:
            assert (head, foot) == ("", "")
            continue
        assert foot == str(number)
        if number in openings:
            assert head == ""
        else:
            said = " ".join(head.split())
            number_and_title = re.fullmatch(rf"((?:Lab )?\d+\. )?{re.escape(' '.join(current.split()))}", said)
            assert number_and_title if number % 2 else said == title, f"page {number}: {said}"
            numbered += bool(number % 2 and number_and_title and number_and_title[1])
            checked += 1
    assert checked > 4 and numbered > 1


def test_title_page_gives_title_subtitle_day_and_how_to_cite(little: Printed) -> None:
    assert little.texts[0].split("\n") == [
        "The Little Reader", "A book for trying the press, 1921–1923.", "Edition of 22 November 2025"]
    back = " ".join(little.texts[1].split())
    assert back.startswith(
        "How to cite. Nobody in Particular. The Little Reader: A book for trying the press, "
        "1921–1923. Edition of 22 November 2025.")
    assert back.endswith("Licence. Nobody owns this book.")


# --- what paper shows -----------------------------------------------------------------


def test_no_code_reaches_paper(little: Printed, real: Printed) -> None:
    for hidden in ("secret_name", "printed words", "complaint", "button for the screen", "import "):
        assert hidden not in little.all_text
    lines = set()
    for lab in (ROOT / "chapters").glob("*-lab.md"):
        for cell in re.findall(r"```\{code-cell\}.*?\n(.*?)```", lab.read_text(), re.DOTALL):
            code = re.sub(r"\A---\n.*?\n---\n|\A(?::.*\n)+", "", cell, flags=re.DOTALL)
            lines |= {line.strip() for line in code.splitlines() if len(line.strip()) > 18}
    assert len(lines) > 20
    printed = " ".join(real.all_text.split())
    assert not [line for line in lines if " ".join(line.split()) in printed]


def test_what_a_cell_shows_is_printed(little: Printed) -> None:
    page = little.page_of("What paper leaves out Predict")
    table = little.pages[page - 1].search("11,700")
    assert table, "the table of the lab is missing"


FOR_SCREEN = [
    "A button for the screen.", "A paragraph for the screen.", "A box for the screen",
    "The box for the screen holds this.", "A section for the screen", "Its text is for the screen.",
    "This is for the screen too."]
FOR_PAPER = [words.replace("the screen", "paper") for words in FOR_SCREEN[1:-1]]
FOR_PAPER.append("The container for paper holds this.")


def test_each_medium_shows_what_is_meant_for_it(little: Printed, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    shutil.copytree(little.path.parents[2], folder)
    done = build_little(folder, "html")
    assert done.returncode == 0, done.stdout[-3000:]
    page = (folder / "_build/html/notes-lab.html").read_text().partition('role="main"')[2]
    page = page.partition('class="sphinxsidebar"')[0]
    screen, printed = " ".join(page.split()), " ".join(little.all_text.split())
    for words in FOR_SCREEN:
        assert words in re.sub("<[^>]+>", "", screen) and words not in printed, words
    for words in FOR_PAPER:
        assert words in printed and words not in screen, words
    assert "Text after the table." in screen and "Text after the table." in printed


def test_answers_are_gathered_at_the_end(little: Printed) -> None:
    asked = next(n for n, t in enumerate(little.texts, 1) if "Answer on p." in t)
    text = little.texts[asked - 1]
    answer = little.page_of("Because nobody turns pages")
    assert answer > asked
    assert text.count(f"Answer on p. {answer}") == 2
    gathered = " ".join(little.texts[answer - 1].split())
    assert gathered.startswith("Answers 1. Notes in awkward places Why does a note")
    assert f"page of its call? p. {asked} Because nobody turns pages" in gathered
    assert "A second paragraph of the answer." in gathered
    assert "This stays where it is, open" in " ".join(text.split())


def test_self_checks_of_the_book_have_their_answers_at_the_end(real: Printed) -> None:
    questions = [m for n, text in enumerate(real.texts, 1)
                 for m in ((n, int(a)) for a in re.findall(r"Answer on p\. (\d+)", text))]
    assert len(questions) >= 5
    first = min(page for page, title in real.openings().items() if title == "Answers")
    for asked, answered in questions:
        assert answered >= first
        assert re.search(rf"p\. {asked}\b", real.texts[answered - 1])


def test_links_are_useful_on_paper(little: Printed) -> None:
    text = " ".join(little.all_text.split())
    tables = little.anchors["tables"]
    table = little.anchors["tables--long-table"]
    assert f"See the chapter on tables (p. {tables}), its long table (p. {table})" in text
    assert "a page far away (example.org/press)" in text
    assert text.replace("/ ", "/").count("example.org/shown") == 1
    assert "See also elsewhere (example.org/elsewhere)." in text
    page = little.pages[little.page_of("a page far away") - 1]
    assert {c["non_stroking_color"] for c in page.chars if abs(c["size"] - BODY) < 0.1} == {
        (0.121569, 0.113725, 0.101961)}  # ink, no blue, no lines below
    assert not [r for r in (*page.rects, *page.lines) if r["height"] < 1 and r["top"] < 500]


def test_page_references_are_true(printed: Printed) -> None:
    checked = 0
    for number, sheet in enumerate(printed.pdf.pages, 1):
        for link in sheet.get("/Annots", ()):
            if "/Dest" not in link:
                continue
            x0, y0, x1, y1 = (float(v) for v in link.Rect)
            box = (x0, PAGE[1] - max(y0, y1), x1, PAGE[1] - min(y0, y1))
            words = printed.pages[number - 1].crop(box, strict=False).extract_text()
            if said := re.search(r"\bp\. (\d+)\)?$", words):
                assert int(said[1]) == printed.anchors[str(link.Dest)], f"page {number}: {words}"
                checked += 1
    assert checked >= 5


def test_a_note_gives_the_page_and_the_mark_of_an_entry(real: Printed) -> None:
    text = " ".join(real.all_text.split())
    marked = re.findall(r"\((e\d\d), p\. (\d+)\)|\b(e\d\d) \(p\. (\d+)\)", text)
    assert len(marked) > 5
    for mark, page, said, its_page in marked:
        assert f"{mark or said}: " in real.texts[int(page or its_page) - 1], mark or said
    lenin = re.search(r"the entry Lenin \(p\. (\d+)\)", text)
    assert lenin and "Lenin, Vladimir" in real.texts[int(lenin[1]) - 1]


def test_only_notes_give_the_pages_of_entries(press: Callable[..., Printed]) -> None:
    entry = '<dl class="records"><dt id="e"><span class="mark">e7</span>: A slip</dt><dd><p>Mended.</p></dd></dl>'
    link, number = '<a href="#e">the slip</a>', '<a href="#e">e7</a>'
    note = note_call(1, f"The entry {link}; (see {link}); {number}.")
    text = " ".join(press(f"<section><p>See {link}.{note}</p></section><section>{entry}</section>").all_text.split())
    assert "See the slip." in text
    assert "The entry the slip (e7, p. 5); (see the slip, e7, p. 5); e7 (p. 5)." in text


def test_the_index_gives_each_page_once_and_joins_runs(press: Callable[..., Printed]) -> None:
    prose = (ROOT / "tests/reader_book/prose.txt").read_text()
    words = ["Tambov, and Tambov again", "Tambov", "the army of la\u00adbour", "Tambov", "Famine in Brest-Litovsk"]
    body = "".join(f'<p style="break-before: page">{word}. {prose}{note_call(n, "Kronstadt")}</p>'
                   for n, word in enumerate(words, 1))
    body += '<p id="entry">Its entry.</p>'
    headings = """
        Tambov:
        labour; in armies: [army of labour]
        labour:
          [labour]
        famine:
        Brest-Litovsk, peace of:
        hunger: see famine
    """.replace("\n        ", "\n")
    printed = press(body, headings, entries={"Tambov": "entry"})
    first = printed.page_of("Tambov, and Tambov again.")
    text = printed.texts[-1]
    assert f"Tambov, {first}–{first + 1}, {first + 3}, {printed.anchors['entry']}" in text
    assert re.search(rf"labour, {first + 2}\n(.*\n)?.*in armies, {first + 2}\n", text)
    assert f"famine, {first + 4}" in text and f"Brest-Litovsk, peace of, {first + 4}" in text
    assert "hunger, see famine" in text
    assert printed.pages[-1].extract_text().rstrip().endswith(str(len(printed.pages)))
    assert f"Index {len(printed.pages)}" in printed.all_text
    linked = {(target, words) for page, target, words in printed.links if page == len(printed.pages)}
    assert (f"page-{first}", f"Page {first}") in linked
    assert all(printed.anchors[target] == int(target.removeprefix("page-")) for target, _ in linked)


def test_a_heading_of_the_index_that_leads_nowhere_is_named_with_its_place(
    press: Callable[..., Printed], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []
    monkeypatch.setattr(paper, "warn", said.extend)
    press(f"<p>Text.{note_call(1, 'Kronstadt')}</p>", "Text:\nKronstadt:\nhunger: see famine\n")
    assert [(slip.place, slip.value, slip.rule) for slip in said] == [
        ("_index.yml:3", "hunger", "there is no heading “famine”"),
        ("_index.yml:2", "Kronstadt", "no chapter or lab has “Kronstadt”")]


def test_index_leads_from_each_name_to_pages_that_have_it(real: Printed) -> None:
    opening = next(page for page, title in real.openings().items() if title == "Index")
    text = "\n".join(real.texts[opening - 1:])
    for name in ("Kronstadt", "Tsaritsyn", "Tambov", "Kollontai", "Lunacharsky", "Shlyapnikov", "Mezhraiontsy",
                 "McAloon", "Kotkin", "Sakharov", "Fitzpatrick", "Lewin", "labour armies", "famine", "Georgia"):
        said = re.search(rf"\b{name}\b.*?, (\d+)", text)
        assert said, name
        assert name.rstrip("ies")[:9] in re.sub("-\n", "", real.texts[int(said[1]) - 1]), name
    for number in range(opening, len(real.pages) + 1):
        for link in real.pdf.pages[number - 1].get("/Annots", ()):
            page = real.anchors[str(link.Dest)]
            x0, y0, x1, y1 = (float(v) for v in link.Rect)
            words = real.pages[number - 1].crop(
                (x0, PAGE[1] - max(y0, y1) + 3, x1, PAGE[1] - min(y0, y1) - 3), strict=False).extract_text()
            assert re.match(rf"{page}\b", words) or words.startswith("–"), words


def test_a_book_without_a_list_of_headings_says_so(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests/reader_book", tmp_path / "book")
    (tmp_path / "book/_index.yml").unlink()
    done = build_little(tmp_path / "book")
    assert done.returncode == 1
    assert "the printed reader has no index: write _index.yml" in done.stdout


def test_names_are_not_divided(press: Callable[..., Printed], real: Printed) -> None:
    """The same lines cut a name that is not on the list."""
    body = "".join(f"<p>{'a ' * n}{'Lunacharsky ' * 40}</p>" for n in range(9))
    cut = r"Lun?a?-\n|Lunachar-\n"
    assert re.search(cut, press(body).all_text)
    assert not re.search(cut, press(body, undivided={"Lunacharsky"}).all_text)
    for name in ("McAloon", "Lunacharsky", "Kvashonkin", "Petrograd", "Preobrazhensky"):
        parts = "|".join(f"{name[:n]}-\n{name[n:]}" for n in range(2, len(name) - 1))
        assert not re.search(parts, real.all_text), name


def test_a_figure_shown_in_a_chapter_leads_to_its_page_in_the_lab(real: Printed) -> None:
    text = " ".join(real.all_text.split())
    said = re.findall(r"From the lab: Figure \d+ \(p\. (\d+)\)\.", text)
    assert len(said) > 3 and "with its data" not in text
    assert all("Figure " in real.texts[int(page) - 1] for page in said)


def test_a_page_printed_from_the_browser_keeps_answers_closed_and_code_away(book: Book, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto((book.html / "chapters/04-ruin.html").as_uri())
    assert page.locator("details").count() > 4
    answers = page.locator("details:not([open]) .sd-summary-content")
    assert answers.count() > 4
    assert answers.evaluate_all("all => all.filter((e) => e.checkVisibility()).length") == 0
    page.goto((book.html / "chapters/04-ruin-lab.html").as_uri())
    assert page.locator(".cell_input").count() > 4 and page.locator(".cell_input:visible").count() == 0
    assert page.locator(".screen-only").count() and page.locator(".screen-only:visible").count() == 0
    assert page.locator("figure svg:visible").count() > 1
    context.close()


def test_hyphens_are_copied_as_hyphens(real: Printed) -> None:
    assert "\u2010" not in real.all_text and "\u00ad" not in real.all_text


def test_what_ends_in_a_colon_stays_with_what_follows(press: Callable[..., Printed]) -> None:
    prose = (ROOT / "tests/reader_book/prose.txt").read_text().split()
    for length in range(0, 120, 8):
        filler = f"<p>{' '.join(prose[:90])}</p>" * 5 + f"<p>{' '.join(prose[:length + 1])}</p>"
        printed = press(f"{filler}<p>He said{note_call(1, 'Where.')}:</p><blockquote><p>QUOTED words.</p></blockquote>")
        assert printed.page_of("He said") == printed.page_of("QUOTED words")


def test_long_table_repeats_its_head_and_aligns_its_figures(little: Printed) -> None:
    pages = [n for n, text in enumerate(little.texts, 1) if "a remark on row" in text]
    assert len(pages) >= 3
    rows = 0
    for number in pages:
        page = little.pages[number - 1]
        head = page.search("Year")[0]
        values = [m for m in page.search(r"\d+\.\d(?=\s)") if m["top"] > head["bottom"]]
        rows += len(values)
        assert len({round(v["x1"], 1) for v in values}) == 1
        digits = {round(c["x1"] - c["x0"], 2) for v in values for c in v["chars"] if c["text"].isdigit()}
        assert len(digits) == 1, "figures of a table have one width"
    assert rows == 70


def test_short_cells_stay_on_one_line(real: Printed) -> None:
    pages = [page for page, text in zip(real.pages, real.texts, strict=True) if "Known from Where" in text]
    assert len(pages) > 2
    for page in pages[1:]:  # the first has other text above
        left, right = page.search("Known from")[0]["x0"], page.search("Where, or what")[0]["x0"]
        column = page.crop((left - 1, 28 * MM, right - 1, FOOT)).extract_text_lines()
        assert {line["text"] for line in column} <= {"Known from", "a copy", "an extract", "the thesis"}


def test_reference_pages_set_what_they_say(real: Printed) -> None:
    openings = {title: page for page, title in real.openings().items()}
    people = real.pages[openings["People"] - 1]
    intro = [c for c in people.chars if abs(c["size"] - BODY) < 0.1 and c["top"] < PAGE[1] / 2]
    first = min(c["top"] for c in people.chars if abs(c["size"] - 8.6) < 0.05)
    assert first - max(c["bottom"] for c in intro) > 5
    for text, page in zip(real.texts, real.pages, strict=True):
        for heading in page.search("^Further reading$"):
            items = [c for c in page.chars if c["top"] > heading["bottom"] + 25 and abs(c["size"] - BODY) < 0.1]
            assert "Further reading" in text and not items


def test_figures_of_the_text_are_old_style(little: Printed) -> None:
    page = little.page_of("The Russian form of a name")
    assert page
    title = little.pages[0].search("1921")[0]
    box = [round(v * 300 / 72) for v in (title["x0"], title["top"], title["x1"], title["bottom"])]
    ink = little.raster(1, 300)[box[1]:box[3], box[0]:box[2]].min(axis=2) < 128
    third = ink.shape[1] // 4
    heights = [np.flatnonzero(ink[:, i * third:(i + 1) * third].any(axis=1)) for i in range(4)]
    # 9 hangs below the line that 1 and 2 stand on.
    assert heights[1].max() > heights[0].max() + 3


# --- letters and drawings ----------------------------------------------------------------


def glyph(font: ImageFont.FreeTypeFont, letter: str) -> np.ndarray[Any, Any]:
    image = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(image).text((100, 60), letter, font=font, fill=0)
    return fitted(np.asarray(image) < 128)


def fitted(ink: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The ink alone, brought to one size, with its shape's proportion kept beside it."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    image = Image.fromarray((cut * 255).astype("uint8")).resize((48, 48))
    return np.asarray(image, dtype=float).ravel() / 255 - 0.5


ALPHABETS = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯÒÜÚÐÝßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþ"
TWINS = {"p": "р", "o": "о", "c": "с", "T": "Т", "O": "О", "С": "с", "О": "о"}


@pytest.mark.parametrize("where", ["text", "drawing"])
def test_cyrillic_is_drawn_as_cyrillic(
    little: Printed, fonts: dict[Any, Path], where: str
) -> None:
    """Letters are compared as pictures: wrong glyphs would still be extracted as the right text."""
    face = ("Source Serif 4" if where == "text" else "Source Sans 3", 400, "normal")
    font = ImageFont.truetype(str(fonts[face]), 200)
    shapes = {letter: glyph(font, letter) for letter in ALPHABETS}
    number = little.page_of("The Russian form of a name is Троцкий" if where == "text"
                            else "Squares fill the frame")
    page = little.pages[number - 1]
    found = next(m for m in page.search("Троцкий"))
    picture = little.raster(number, 600).min(axis=2) < 110
    scale = 600 / 72
    for char in found["chars"]:
        x0, x1 = round(char["x0"] * scale), round(char["x1"] * scale)
        top, bottom = round((char["top"] - 2) * scale), round((char["bottom"] + 1) * scale)
        seen = fitted(picture[top:bottom, x0:x1])
        likeness = {a: float(seen @ shape) for a, shape in shapes.items()}
        best = sorted(likeness, key=lambda a: -likeness[a])[:3]
        assert char["text"].lower() in [TWINS.get(a, a).lower() for a in best], (char["text"], best)


def test_only_the_books_own_fonts_are_embedded(printed: Printed) -> None:
    names = {c["fontname"] for page in printed.pages for c in page.chars}
    assert names
    assert all(re.fullmatch(r"[A-Z]{6}\+Source-(Serif|Sans)-.*|[A-Z]{6}\+Source.*", n) for n in names)
    fonts_found = [f for f in printed.pdf.objects if isinstance(f, pikepdf.Dictionary)
                   and f.get("/Type") == "/FontDescriptor"]
    assert fonts_found
    assert all("/FontFile2" in f or "/FontFile3" in f or "/FontFile" in f for f in fonts_found)


def test_a_character_that_no_font_has_stops_the_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests/reader_book", tmp_path / "book")
    with (tmp_path / "book/works.md").open("a") as page:
        page.write("\nA snowman ☃ melts here.\n")
    done = build_little(tmp_path / "book")
    assert done.returncode == 1
    assert "works: no font of the printed book has the character ☃ (U+2603)" in done.stdout
    assert "A snowman ☃ melts here." in done.stdout


def test_drawings_are_vectors(printed: Printed) -> None:
    images = [o for o in printed.pdf.objects
              if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
    assert images == []
    figures = printed.tagged("Figure")
    assert len(figures) >= 3
    assert all(str(f.Alt).strip() for f in figures)


def test_drawings_stand_where_their_tags_say_and_use_the_frame(printed: Printed) -> None:
    numbers = {page.objgen: n for n, page in enumerate(printed.pdf.pages, 1)}
    for figure in printed.tagged("Figure"):
        number = numbers[figure.Pg.objgen]
        x0, y0, x1, y1 = (float(v) for v in figure.A.BBox)
        assert 0 < y0 < y1 < PAGE[1]
        assert x1 - x0 > 130 * MM
        assert abs(x0 - EDGE) < 2  # the inner edge on the right, the outer on the left
        ink = printed.raster(number, 72)[
            round(PAGE[1] - y1):round(PAGE[1] - y0), round(x0):round(x1)].min(axis=2) < 200
        assert ink.mean() > 0.005
    assert {numbers[f.Pg.objgen] % 2 for f in printed.tagged("Figure")} == {0, 1}


def test_colour_keys_are_printed(little: Printed) -> None:
    numbers = {page.objgen: n for n, page in enumerate(little.pdf.pages, 1)}
    with_key = [f for f in little.tagged("Figure") if "squares" in str(f.Alt)]
    assert len(with_key) == 2
    for figure in with_key:
        x0, y0, x1, y1 = (float(v) * 150 / 72 for v in figure.A.BBox)
        height = PAGE[1] * 150 / 72
        drawing = little.raster(numbers[figure.Pg.objgen])[
            round(height - y1):round(height - y0), round(x0):round(x1)].astype(int)
        key = drawing[int(drawing.shape[0] * 0.82):]
        for colour in (RED, BLUE, GREY):
            near = (np.abs(key - colour).max(axis=2) < 12).sum()
            assert near > 800, colour


def test_colours_of_the_books_drawings_are_printed(real: Printed) -> None:
    numbers = {page.objgen: n for n, page in enumerate(real.pdf.pages, 1)}
    seen = set()
    for number in {numbers[f.Pg.objgen] for f in real.tagged("Figure")}:
        picture = real.raster(number, 100).astype(int)
        seen |= {c for c in (RED, BLUE) if (np.abs(picture - c).max(axis=2) < 12).sum() > 100}
    assert seen == {RED, BLUE}


def test_text_goes_before_a_drawing_that_does_not_fit(press: Callable[[str], Printed]) -> None:
    words = (ROOT / "tests/reader_book/prose.txt").read_text()
    text = "".join(f"<p>{words[:400]}</p>" for _ in range(5))
    drawing = ('<figure class="chart"><div class="chart-wide"><svg xmlns="http://www.w3.org/2000/svg" '
               'viewBox="0 0 720 800"><title>A tall drawing</title><path d="M0 0L720 800" '
               'stroke="black"/></svg></div><figcaption><p>A caption</p></figcaption></figure>')
    after = "".join(f"<p>Paragraph {n} after it. {words[:600]}</p>" for n in range(6))
    pages = press(text + drawing + after)
    shown = next(n for n, page in enumerate(pages.pages, 1) if page.search("A caption"))
    first = next(n for n, t in enumerate(pages.texts, 1) if "Paragraph 0 after it" in t)
    assert first < shown
    order = re.findall(r"Paragraph (\d) after", pages.all_text)
    assert order == list("012345")
    before = pages.pages[shown - 2]
    assert body_foot(before) > FOOT - 60
    starts = {line["text"][10]: line["x0"] - (EDGE if page.page_number % 2 else 61 * MM)
              for page in pages.pages for line in page.extract_text_lines()
              if line["text"].startswith("Paragraph ")}
    assert abs(starts["0"] - 14.5) < 1, "it follows a paragraph now"
    after_it = re.findall(r"Paragraph (\d) after", pages.all_text.partition("A caption")[2])
    assert abs(starts[after_it[0]]) < 1, "it stands first after the drawing"
    assert abs(starts[after_it[1]] - 14.5) < 1


def test_text_goes_before_a_numbered_table_that_does_not_fit(press: Callable[..., Printed]) -> None:
    words = (ROOT / "tests/reader_book/prose.txt").read_text()
    rows = "".join(f"<tr><td>Row {n}</td><td>{words[:400]}</td></tr>" for n in range(4))
    table = (f'<div class="pst-scrollable-table-container"><table><caption><p>Table 1 of rows</p></caption>'
             f'<thead><tr><th>Row</th><th>Text</th></tr></thead><tbody>{rows}</tbody></table></div>')
    after = "".join(f"<p>Paragraph {n} after it. {words[:600]}</p>" for n in range(6))
    pages = press("".join(f"<p>{words[:400]}</p>" for _ in range(4)) + table + after)
    shown = pages.page_of("Table 1 of rows")
    assert "Paragraph 0 after it" in pages.texts[shown - 2]
    assert "Row 3" in pages.texts[shown - 1]
    assert body_foot(pages.pages[shown - 2]) > FOOT - 60


def test_what_belongs_together_stays_together(press: Callable[[str], Printed]) -> None:
    """A quotation and its source, the first three and the last three rows of a table."""
    words = (ROOT / "tests/reader_book/prose.txt").read_text().split()
    body = ""
    for n in range(40):
        filler = f"<p>{' '.join(words[:60 + n * 37 % 130])}</p>"
        rows = "".join(f"<tr><td>Row {n}.{row}</td><td>{row}</td></tr>" for row in range(9 + n % 3))
        body += (f"{filler}<blockquote><p>{' '.join(words[:30])} END{n}.</p><p class='attribution'>Source{n}.</p>"
                 f"</blockquote>{filler}<table><thead><tr><th>Row</th><th>No.</th></tr></thead>"
                 f"<tbody>{rows}</tbody></table>")
    pages = press(body)
    for n in range(40):
        assert pages.page_of(f"END{n}.") == pages.page_of(f"Source{n}."), n
    parted = 0
    for number, (page, text) in enumerate(zip(pages.pages, pages.texts, strict=True), 1):
        counts: dict[str, int] = defaultdict(int)
        for table in re.findall(r"Row (\d+)\.\d+", text):
            counts[table] += 1
        assert min(counts.values(), default=3) >= 3, f"page {number}: {counts}"
        parted += any(count < 9 for count in counts.values())
        assert number < 6 or number == len(pages.pages) or body_foot(page) > FOOT - 35 * MM, f"page {number}"
    assert parted > 5


def test_a_table_that_waits_for_answers_has_room_for_a_pencil(press: Callable[[str], Printed]) -> None:
    rows = "".join(f"<tr><td>{n}</td><td>A claim of some length to be judged</td><td>not yet</td><td></td></tr>"
                   for n in range(3))
    page = press("<table><thead><tr><th>No.</th><th>Claim</th><th>Verdict</th><th>Evidence</th></tr></thead>"
                 f"<tbody>{rows}</tbody></table><p>It is not yet empty.</p>").pages[-1]
    assert page.extract_text().count("not yet") == 1
    verdict, evidence = page.search("Verdict")[0]["x0"], page.search("Evidence")[0]["x0"]
    assert evidence - verdict > 26 * MM
    claims = [match["top"] for match in page.search("A claim")]
    assert claims[1] - claims[0] > 9 * MM


# --- tags ----------------------------------------------------------------------------


def test_metadata_language_and_bookmarks(printed: Printed) -> None:
    pdf = printed.pdf
    assert pdf.Root.Lang == "en"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert str(pdf.docinfo["/Title"]) and str(pdf.docinfo["/Author"])
    with pdf.open_outline() as outline:
        top = [item.title for item in outline.root]
        below = [child.title for item in outline.root for child in item.children]
    assert top[:2] == ["Contents", "To the reader"]
    assert "Answers" in top
    assert any(re.match(r"\d+\. ", title) for title in top)
    assert any(title.startswith("Lab ") for title in top)
    assert len(below) >= 4


def test_a_note_in_a_heading_is_no_part_of_its_bookmark(little: Printed) -> None:
    with little.pdf.open_outline() as outline:
        titles = [child.title for item in outline.root for child in item.children]
    assert "A heading with a note" in titles


def test_no_conformance_is_claimed(printed: Printed) -> None:
    with printed.pdf.open_metadata() as metadata:
        assert "pdfuaid:part" not in metadata
        assert str(metadata["dc:title"]) == str(printed.pdf.docinfo["/Title"])


def test_everything_drawn_is_tagged_or_furniture(printed: Printed) -> None:
    reached: dict[Any, set[int]] = defaultdict(set)
    for element in printed.elements:
        for kid in element.get("/K", ()):
            if isinstance(kid, int):
                reached[element.Pg.objgen].add(kid)
    furniture = 0
    for page, source in zip(printed.pages, printed.pdf.pages, strict=True):
        for char in page.chars:
            if char["tag"] == "Artifact":
                furniture += 1
                assert char["top"] < 25 * MM or char["bottom"] > PAGE[1] - 25 * MM or (
                    char["size"] < 9), char["text"]
            else:
                assert char["mcid"] in reached[source.objgen], char["text"]
    assert furniture > 20


def test_running_heads_are_no_part_of_the_text(printed: Printed) -> None:
    for page in printed.pages[3:]:
        for char in page.chars:
            if char["bottom"] < 25 * MM or char["top"] > PAGE[1] - 25 * MM:
                assert char["tag"] == "Artifact"


def test_header_cells_have_a_direction(printed: Printed) -> None:
    cells = printed.tagged("TH")
    assert len(cells) > 5
    assert {str(cell.A.Scope) for cell in cells} <= {"/Row", "/Column"}
    assert "/Column" in {str(cell.A.Scope) for cell in cells}


def test_row_heads_of_a_lab_are_row_heads(little: Printed) -> None:
    assert "/Row" in {str(cell.A.Scope) for cell in little.tagged("TH")}


def test_links_say_in_words_where_they_lead(printed: Printed) -> None:
    assert len(printed.links) > 20
    for page, target, words in printed.links:
        assert words.strip() and not words.startswith("#"), (page, target)
        assert target in printed.anchors or target.startswith("http"), (page, target)
    for sheet in printed.pdf.pages:
        for link in sheet.get("/Annots", ()):
            assert link.F == 4
            assert "/StructParent" in link


def test_no_link_is_tagged_inside_a_link(printed: Printed) -> None:
    def walk(element: Any, inside: bool) -> Iterator[Any]:
        link = element.S == "/Link"
        if inside and link:
            yield element
        for kid in element.get("/K", ()):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield from walk(kid, inside or link)

    assert list(walk(printed.pdf.Root.StructTreeRoot.K[0], False)) == []


def test_notes_have_identifiers_of_their_own(printed: Printed) -> None:
    names = [str(note.ID) for note in printed.tagged("Note")]
    assert names
    assert len(set(names)) == len(names)


# --- building ------------------------------------------------------------------------


def test_two_builds_give_the_same_bytes(little: Printed, tmp_path: Path) -> None:
    done = build_little(tmp_path / "again", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stdout
    again = (tmp_path / "again/_build/pdf/reader.pdf").read_bytes()
    assert hashlib.sha256(again).digest() == hashlib.sha256(little.path.read_bytes()).digest()


def test_without_pango_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake/weasyprint.py").write_text(
        "print('----- a page of troubleshooting -----')\n"
        "raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    done = build_little(tmp_path / "book", PYTHONPATH=str(tmp_path / "fake"))
    assert done.returncode == 2
    assert "needs the Pango library" in done.stdout
    assert "sudo apt-get install libpango-1.0-0" in done.stdout
    assert "Traceback" not in done.stdout and "troubleshooting" not in done.stdout
    assert not (tmp_path / "book/_build/pdf/reader.pdf").exists()


def test_a_failing_print_leaves_the_last_reader_whole(
    press: Callable[[str], Printed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = press("<p>The first printing.</p>").path.read_bytes()

    def fail(*_: Any) -> bytes:
        raise RuntimeError("the press broke down")

    monkeypatch.setattr("seminar_book.pdf.mend", fail)
    with pytest.raises(RuntimeError, match="broke down"):
        press("<p>The second printing.</p>")
    assert (tmp_path / "pdf/reader.pdf").read_bytes() == before
    assert [p.name for p in (tmp_path / "pdf").iterdir()] == ["reader.pdf"]


def test_a_changed_page_changes_the_reader(little: Printed, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    shutil.copytree(little.path.parents[2], folder)
    page = folder / "works.md"
    page.write_text(page.read_text().replace("# Works", "# Works consulted"))
    done = build_little(folder)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Works consulted" in Printed(folder / "_build/pdf/reader.pdf").all_text
