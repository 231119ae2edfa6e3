"""Lays the reader out: fragments of HTML into one document, and that into pages.

WeasyPrint sets the type (``print.css``); what style sheets cannot say is done here, on
the parsed tree: notes go to their calls, answers to the end, links get their pages.
"""

import contextlib
import logging as std_logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from sphinx.util import logging

from .fonts import Face
from .pdf import mend

if TYPE_CHECKING:
    from .reader import Leaf

logger = logging.getLogger(__name__)

_STYLE = Path(__file__).with_name("print.css")
_PASSING = {"p", "ul", "ol", "dl", "blockquote"}  # text that may stand before a drawing


@dataclass
class Book:
    """All that the printed reader is made of."""

    title: str
    subtitle: str
    author: str
    language: str
    leaves: list["Leaf"]
    moment: int  # seconds since 1970: the day of this edition
    imprint: list[str]  # HTML paragraphs for the back of the title page
    index: list[Any]

    @property
    def day(self) -> str:
        """The date of the edition: "22 November 2026"."""
        day = datetime.fromtimestamp(self.moment, UTC)
        return f"{day.day} {day:%B %Y}"


def print_reader(book: Book, fonts: dict[Face, Path], target: Path) -> int:
    """Write ``target`` and return the number of its pages.

    The file appears when it is complete and not before; what stood there stays until then.
    """
    with _only_fonts(fonts, target.parent.parent / "fonts"), _heard():
        import weasyprint

        _keep_notes_in_place()
        _fill_pages_before_drawings()
        html = weasyprint.HTML(string=_html(book), base_url=str(_STYLE.parent))
        labels = _arrange(html.etree_element)
        document = html.render(
            stylesheets=[weasyprint.CSS(filename=str(_STYLE))], pdf_variant="pdf/ua-1")
        _to_outer_margin(document)
        for trouble in _misplaced(document):
            logger.warning(trouble)
        raw = document.write_pdf(pdf_variant="pdf/ua-1")
    assert raw is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        part.write_bytes(mend(raw, labels, book.moment))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return len(document.pages)


class _Complaints(std_logging.Handler):
    """Hands WeasyPrint's complaints on to Sphinx, which makes errors of them."""

    def emit(self, record: std_logging.LogRecord) -> None:
        logger.warning("print: %s", record.getMessage())


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """While this lasts, what WeasyPrint calls an error is a warning of the build."""
    theirs = std_logging.getLogger("weasyprint")
    handler = _Complaints(std_logging.ERROR)  # below that: every SVG property it takes for CSS
    theirs.addHandler(handler)
    try:
        yield
    finally:
        theirs.removeHandler(handler)


@contextlib.contextmanager
def _only_fonts(fonts: dict[Face, Path], folder: Path) -> Iterator[None]:
    """Let the type be set from the book's own fonts alone, whatever the machine has."""
    ours = "".join(f"<glob>{escape(str(path))}</glob>" for path in fonts.values())
    conf = folder / "fonts.conf"
    conf.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{escape(str(folder))}</dir><cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        f"<selectfont><acceptfont>{ours}</acceptfont><rejectfont><glob>*</glob></rejectfont>"
        "</selectfont></fontconfig>",
        encoding="utf-8")
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(conf)
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


# --- one document ------------------------------------------------------------------


def _html(book: Book) -> str:
    return "".join([
        f'<!DOCTYPE html><html lang="{escape(book.language)}"><head><meta charset="utf-8">',
        f"<title>{escape(book.title)}</title>",
        f'<meta name="author" content="{escape(book.author)}">',
        "</head><body>", _title_page(book), _contents(book),
        *(_opening(book, leaf) for leaf in book.leaves),
        '<section class="chapter back" id="answers"></section></body></html>',
    ])


def _arrange(root: ET.Element) -> dict[str, str]:
    """Make the pages of a website into a book; return in words where each link leads."""
    _unwrap_cells(root)
    parents = {child: parent for parent in root.iter() for child in parent}
    for section in root.iter("section"):
        if "chapter" in _classes(section):
            _head(section, parents)
    _gather_answers(root)
    for h1 in root.iter("h1"):
        h1.set("data-book", "".join(next(root.iter("title")).itertext()))
    _place_notes(root)
    _print_links(root)
    _mark_wide(root)
    _align_heads(root)
    return _labels(root)


def _title_page(book: Book) -> str:
    imprint = "".join(f"<p>{text}</p>" for text in book.imprint)
    return (
        '<section class="title-page">'
        f'<p class="book-title">{escape(book.title)}</p>'
        f'<p class="book-subtitle">{escape(book.subtitle)}</p>'
        f'<p class="book-day">Edition of {book.day}</p></section>'
        f'<section class="imprint">{imprint}</section>')


def _contents(book: Book) -> str:
    rows: list[str] = []
    part = ""
    for leaf in book.leaves[1:]:
        if leaf.part != part:
            part = leaf.part
            rows.append(f'<p class="contents-part">{escape(part)}</p>')
        kind = "lab" if leaf.kind else "chapter"
        number = f"{leaf.kind} {leaf.number}".strip()
        rows.append(
            f'<p class="contents-{kind}{"" if number else " plain"}"><a href="#{leaf.slug}">'
            + (f'<span class="contents-number">{escape(number)}</span>' if number else "") +
            f' <span class="contents-title">{escape(leaf.title)}</span></a></p>')
    return ('<section class="contents" id="contents"><h1 data-running="Contents" data-label="Contents">Contents</h1>'
            + "".join(rows) + "</section>")


def _opening(book: Book, leaf: "Leaf") -> str:
    kind = leaf.kind.lower() or ("numbered" if leaf.number else "plain")
    return (
        f'<section class="chapter {kind}" id="{leaf.slug}" data-part="{escape(leaf.part)}" '
        f'data-number="{escape(f"{leaf.kind} {leaf.number}".strip())}" '
        f'data-label="{escape(leaf.label)}" data-running="{escape(leaf.title)}">'
        f"{leaf.body}</section>")


def _classes(element: ET.Element) -> set[str]:
    return set(element.get("class", "").split())


def _unwrap_cells(root: ET.Element) -> None:
    """What a cell shows stands among the paragraphs, not in boxes of its own."""
    for parent in list(root.iter()):
        children: list[ET.Element] = []
        todo = list(parent)
        while todo:
            child = todo.pop(0)
            classes = _classes(child)
            wrapper = classes & {"cell", "cell_output", "output"} and "check" not in classes
            if child.tag == "div" and wrapper:
                todo[:0] = list(child)
            else:
                children.append(child)
        if len(children) != len(parent) or children != list(parent):
            parent[:] = children


def _head(section: ET.Element, parents: dict[ET.Element, ET.Element]) -> None:
    """Give a chapter its opening: part, number, title, in a header of its own."""
    title = next(section.iter("h1"), None)
    if title is None:
        return
    parents[title].remove(title)
    header = ET.Element("header", {"class": "opening"})
    if section.get("data-part"):
        ET.SubElement(header, "p", {"class": "opening-part"}).text = section.get("data-part")
    h1 = ET.SubElement(header, "h1", {
        "data-label": section.get("data-label", ""), "data-running": section.get("data-running", "")})
    if section.get("data-number"):
        number = ET.SubElement(h1, "span", {"class": "opening-number"})
        number.text = section.get("data-number")
    words = ET.SubElement(h1, "span", {"class": "opening-title"})
    words.text = title.text
    words.extend(list(title))
    section.insert(0, header)


def _gather_answers(root: ET.Element) -> None:
    """Move the answers behind the last chapter, each pointing to its question and back."""
    answers = next(e for e in root.iter("section") if e.get("id") == "answers")
    header = ET.SubElement(answers, "header", {"class": "opening"})
    ET.SubElement(header, "h1", {"data-label": "Answers", "data-running": "Answers"}).text = "Answers"
    found = False
    for section in list(root.iter("section")):
        if "chapter" not in _classes(section) or section is answers:
            continue
        checks = [e for e in section.iter("div") if "check" in _classes(e)]
        if checks:
            found = True
            ET.SubElement(answers, "h2").text = section.get("data-label")
        for count, check in enumerate(checks, 1):
            answer = next(e for e in check if "answer" in _classes(e))
            check.remove(answer)
            question = next(e for e in check if "dropdown-title" in _classes(e))
            target = f"{check.get('id')}--answer"
            link = ET.SubElement(ET.SubElement(check, "p", {"class": "answer-page"}), "a", {
                "href": "#" + target, "class": "to-answer"})
            link.text = "Answer"
            answer.set("id", target)
            again = ET.Element("p", {"class": "question-again"})
            words = " ".join("".join(question.itertext()).split())
            again.text = words if words[:1].isdigit() else f"{count}. {words}"
            ET.SubElement(again, "a", {"href": f"#{check.get('id')}", "class": "to-question"})
            answer.insert(0, again)
            answers.append(answer)
    if not found:
        next(root.iter("body")).remove(answers)


def _place_notes(root: ET.Element) -> None:
    """Put each note behind its first call, where float: footnote sends it to the page's foot."""
    parents = {child: parent for parent in root.iter() for child in parent}
    bodies = {e.get("id"): e for e in root.iter("div") if "note-body" in _classes(e)}
    for body in bodies.values():
        parents[body].remove(body)
    placed: set[str] = set()
    for call in [e for e in root.iter("span") if "note-call" in _classes(e)]:
        target = next(c[4:] for c in _classes(call) if c.startswith("to--"))
        anchor = call.get("id") or f"{target}--call"
        number = call.text or ""
        link = ET.Element("a", {"class": "call", "id": anchor, "href": "#" + target})
        link.text = number
        note = ET.Element("div", {"class": "note"})
        if target in placed:  # called before: say where it stands
            line = ET.SubElement(note, "p")
            ET.SubElement(line, "a", {"class": "see-note", "href": "#" + target}).text = "As above"
        else:
            placed.add(target)
            note.set("id", target)
            note.extend(list(bodies[target]))
        for block in note:
            block.tail = None  # white space here would be set as an empty line
        first = note[0] if note[0].tag == "p" else note
        back = ET.Element("a", {"class": "note-number", "href": "#" + anchor})
        back.text = number
        back.tail = " " + (first.text or "")
        first.text = None
        first.insert(0, back)
        _tie(parents[call], call, link, note)


def _tie(parent: ET.Element, call: ET.Element, *marks: ET.Element) -> None:
    """Put ``marks`` in the place of ``call``, on one line with the word before it."""
    tied = ET.Element("span", {"class": "tied"})
    tied.tail = call.tail
    place = list(parent).index(call)
    parent[place] = tied
    before = parent[place - 1] if place else None
    text = (before.tail if before is not None else parent.text) or ""
    head, space, word = text.rpartition(" ")
    if before is not None and not text and len("".join(before.itertext())) < 20:
        parent.remove(before)
        tied.append(before)
    else:
        tied.text = word
        if before is not None:
            before.tail = head + space
        else:
            parent.text = head + space
    tied.extend(marks)


def _print_links(root: ET.Element) -> None:
    """Say on paper where a link leads: a page inside the book, an address outside."""
    anchors = {e.get("id"): e for e in root.iter() if e.get("id")}
    parents = {child: parent for parent in root.iter() for child in parent}
    own = {"call", "note-number", "to-answer", "to-question", "see-note"}

    def within(element: ET.Element) -> Iterator[ET.Element]:
        while (element := parents.get(element)) is not None:  # type: ignore[assignment]
            yield element

    for link in root.iter("a"):
        href = link.get("href", "")
        classes = _classes(link)
        if href.startswith("#"):
            target = anchors.get(href[1:])
            if target is None or classes & own:
                continue
            inside = list(within(link))
            if any(_classes(e) & {"contents", "note", "index"} for e in inside):
                continue
            if any("bibliography" in _classes(e) for e in (target, *within(target))):
                continue  # an entry is found by its name
            near = next((e for e in inside if e.tag == "section"), None)
            if near is None or near not in within(target):
                link.set("class", " ".join([*classes, "to-page"]))
        elif href.startswith(("http://", "https://")):
            shown = "".join(link.itertext()).strip().removeprefix("doi:").strip()
            plain = href.split("://", 1)[1].removeprefix("www.").rstrip("/")
            if plain in shown or (shown.startswith("10.") and shown in plain):
                link.set("class", " ".join([*classes, "address"]))
            else:
                address = ET.SubElement(link, "span", {"class": "address-after"})
                address.text = f" ({plain})"


def _align_heads(root: ET.Element) -> None:
    """A head stands over its figures: at the right where its column is set to the right."""
    for table in root.iter("table"):
        rows = [[*row] for row in table.iter("tr")]
        heads = [row for row in rows if all(cell.tag == "th" for cell in row)]
        body = [row for row in rows if row not in heads]
        for head in heads:
            if any(len(row) != len(head) for row in body):
                continue
            for place, cell in enumerate(head):
                if body and all("text-align: right" in row[place].get("style", "")
                                for row in body):
                    cell.set("class", " ".join([*_classes(cell), "number"]))


def _labels(root: ET.Element) -> dict[str, str]:
    """For each target of a link, the words of the link, or what it leads to."""
    labels: dict[str, str] = {}
    for link in root.iter("a"):
        words = " ".join("".join(link.itertext()).split())
        classes = _classes(link)
        if "call" in classes:
            words = f"Note {words}"
        elif "note-number" in classes:
            words = f"Back to the call of note {words}"
        elif "to-question" in classes:
            words = "Back to the question"
        labels.setdefault(link.get("href", ""), words)
    return labels


def _mark_wide(root: ET.Element) -> None:
    """Drawings and tables of many columns take the margin too."""
    for element in root.iter():
        many = element.tag == "table" and max(len(row) for row in element.iter("tr")) > 5
        if many or element.tag == "figure":
            element.set("class", " ".join([*_classes(element), "wide"]))


# --- layout ------------------------------------------------------------------------


class _Steadfast:
    """A layout context that shows no notes to be moved away; otherwise the one it wraps."""

    current_page_footnotes = ()

    def __init__(self, context: Any) -> None:
        self.__dict__["_context"] = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._context, name, value)


@cache
def _keep_notes_in_place() -> None:
    """Stop WeasyPrint 70 from moving notes away from their calls to mend an orphan.

    When one line of a paragraph is left at the foot of a page, it makes room for a second by
    sending notes of earlier lines to the next page; and if that page is laid out again, for a
    page number that has become known, those notes are lost. Without notes to send, the line
    itself goes to the next page.
    """
    from weasyprint.layout import block

    original = block._linebox_layout
    block._linebox_layout = lambda context, *rest: original(_Steadfast(context), *rest)


@cache
def _fill_pages_before_drawings() -> None:
    """Do not leave the rest of a page empty because a drawing does not fit there.

    WeasyPrint 70 has no page floats. A drawing that does not fit is tried at four fifths of
    its size; failing that, it changes places with the next paragraph of its section, as often
    as needed, and so opens the next page or follows the paragraph that runs over to it.
    """
    from weasyprint.css.properties import Dimension
    from weasyprint.layout import block

    original = block._in_flow_layout

    def attempt(context: Any, box: Any, index: int, child: Any, children: list[Any],
                page_is_empty: bool, absolute: Any, fixed: Any, margins: list[Any],
                *rest: Any) -> Any:
        return original(context, box, index, child, children, page_is_empty, absolute, fixed,
                        list(margins), *rest)

    def in_flow_layout(context: Any, box: Any, index: int, asked: Any, *rest: Any) -> Any:
        child = box.children[index]  # not the one asked for, if that has changed places
        place = child.position_x, child.position_y = asked.position_x, asked.position_y
        result = attempt(context, box, index, child, *rest)
        if child.element_tag != "figure" or result[2] != {index: None}:
            return result
        drawing = next((b for b in child.descendants() if b.element is not None
                        and "chart-wide" in _classes(b.element)), None)
        if drawing is not None:
            full, drawing.style = drawing.style, drawing.style.copy()
            drawing.style["width"] = Dimension(82, "%")
            child.position_x, child.position_y = place
            smaller = attempt(context, box, index, child, *rest)
            if smaller[2] != {index: None}:
                return smaller
            drawing.style = full
        if index + 1 < len(box.children) and box.children[index + 1].element_tag in _PASSING:
            follower = box.children[index + 1]
            follower.position_x, follower.position_y = place
            passed = attempt(context, box, index, follower, *rest)
            if not passed[0] and passed[2] != {index: None}:
                box.children = [
                    *box.children[:index], follower, child, *box.children[index + 2:]]
                return passed
        return result

    block._in_flow_layout = in_flow_layout


# --- after layout ------------------------------------------------------------------


def _to_outer_margin(document: Any) -> None:
    """Wide matter runs into the outer margin: on left-hand pages, move it to the left.

    WeasyPrint lays a wide drawing out to the right; which side is the outer one is known
    only when the pages are. Links are gathered anew, one to a line of a link: WeasyPrint
    gives another to every part of one.
    """
    from weasyprint.document import Page

    def outermost(box: Any) -> Iterator[Any]:
        if box.element is not None and "wide" in _classes(box.element):
            yield box
        else:
            for child in getattr(box, "children", ()):
                yield from outermost(child)

    for number, page in enumerate(document.pages, 1):
        if number % 2 == 0:
            for box in outermost(page._page_box):
                box.translate(box.margin_right, 0)  # a negative margin: the overhang
        fresh = document.pages[number - 1] = Page(page._page_box)
        fresh.links = [link for link in fresh.links if link[3].link]


def _misplaced(document: Any) -> Iterator[str]:
    """Each note that does not stand on the page of its call, in words."""
    calls: dict[str, tuple[int, str]] = {}
    notes: dict[str, int] = {}
    for number, page in enumerate(document.pages, 1):
        for box in page._page_box.descendants():
            classes = _classes(box.element) if box.element is not None else ()
            if "call" in classes:
                calls.setdefault(f"#{box.element.get('id')}", (number, box.element.text))
            elif "note-number" in classes:
                notes.setdefault(box.element.get("href"), number)
    for call, (page, words) in calls.items():
        if notes.get(call) != page:
            stands = f"stands on page {notes[call]}" if call in notes else "is not printed"
            yield (f"note {words} of {call[1:].partition('--')[0]}, called on page {page}, {stands}: "
                   "shorten the note, or move its call")
