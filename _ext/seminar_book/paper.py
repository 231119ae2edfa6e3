"""Lays the reader out: fragments of HTML into one document, and that into pages.

WeasyPrint sets the type by ``print.css``. What a style sheet cannot say is done here, first
on the parsed tree: notes go to their calls, answers to the end, links get pages and
addresses. Then some faults of WeasyPrint's layout are put right.
"""

import contextlib
import gc
import logging as std_logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import uharfbuzz as hb
from sphinx.util import logging

from .fonts import Face
from .pdf import mend

logger = logging.getLogger(__name__)

_STYLE = Path(__file__).with_name("print.css")
_VARIANT = "pdf/ua-1"  # for its tags; what it says of itself is mended away
_PASSING = {"p", "ul", "ol", "dl", "blockquote"}  # text that may stand before a drawing
_MANY_COLUMNS = 6
_FEW_ROWS = 11  # with the head: a table that is not broken over pages


@dataclass
class Leaf:
    """One page of the web book on its way to paper, or a title whose page is still to come."""

    slug: str  # its anchor, and the prefix of the anchors in it; "" if it is still to come
    title: str  # without its number
    kind: str = ""  # "" for a chapter, "Lab" for a lab
    number: str = ""
    part: str = ""
    body: str = ""  # HTML

    @property
    def to_come(self) -> bool:
        """True for a title without a page."""
        return not self.slug

    @property
    def short(self) -> str:
        """Its number in words: "4", "Lab 4", or nothing."""
        return f"{self.kind} {self.number}".strip()

    @property
    def label(self) -> str:
        """The title with its number: "4. 1921: ruin and retreat", "Lab 4. How far ..."."""
        return f"{self.short}. {self.title}" if self.number else self.title


@dataclass
class Book:
    """All that the printed reader is made of."""

    title: str
    subtitle: str
    author: str
    language: str
    licence: str
    address: str  # of the public repository, or ""
    moment: int  # seconds since 1970: the day of this edition
    preface: Leaf
    leaves: list[Leaf]
    index: list[tuple[str, int, str, list[str]]]  # letter, depth, words, anchors

    @property
    def day(self) -> str:
        """The date of the edition: "22 November 2026"."""
        day = datetime.fromtimestamp(self.moment, UTC)
        return f"{day.day} {day:%B %Y}"


def print_reader(book: Book, fonts: dict[Face, Path], target: Path) -> int:
    """Write ``target`` and return the number of its pages.

    The file appears when it is complete and not before; what stood there stays until then.
    """
    with _only_fonts(fonts, target.parent.parent / "fonts"), _heard(), _no_collection():
        import weasyprint

        _keep_notes_in_place()
        _fill_pages_before_drawings()
        html = weasyprint.HTML(string=_html(book), base_url=str(_STYLE.parent))
        labels = _arrange(html.etree_element, book)
        for trouble in _unprintable(html.etree_element, fonts.values()):
            logger.warning(trouble)
        document = html.render(
            stylesheets=[weasyprint.CSS(filename=str(_STYLE))], pdf_variant=_VARIANT)
        _to_outer_margin(document)
        for trouble in _misplaced(document):
            logger.warning(trouble)
        raw = document.write_pdf(pdf_variant=_VARIANT)
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
def _no_collection() -> Iterator[None]:
    """Nothing laid out can be thrown away before the end; looking for it costs a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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
    day = datetime.fromtimestamp(book.moment, UTC)
    return "".join([
        f'<!DOCTYPE html><html lang="{escape(book.language)}"><head><meta charset="utf-8">',
        f"<title>{escape(book.title)}</title>",
        f'<meta name="author" content="{escape(book.author)}">',
        f'<meta name="dcterms.created" content="{day:%Y-%m-%dT%H:%M:%SZ}">',
        f"</head><body>{_title_page(book)}{_contents(book)}",
        f'<section class="chapter preface" data-label="{book.preface.title}" '
        f'data-running="{book.preface.title}">{book.preface.body}</section>',
        *(_opening(leaf) for leaf in book.leaves if not leaf.to_come),
        f'<section class="chapter back" id="answers"></section>{_index(book)}</body></html>',
    ])


def _title_page(book: Book) -> str:
    title, subtitle = escape(book.title), escape(book.subtitle)
    work = f"{title}: {subtitle}".rstrip(": .")
    address = f" {escape(book.address)}." if book.address else ""
    return (
        f'<section class="title-page" id="{book.preface.slug}"><p class="book-title">{title}</p>'
        f'<p class="book-subtitle">{subtitle}</p><p class="book-day">Edition of {book.day}</p>'
        '</section><section class="imprint">'
        f"<p><strong>How to cite.</strong> {escape(book.author)}. <cite>{work}</cite>. "
        f"Edition of {book.day}.{address}</p>"
        "<p><strong>One chapter.</strong> Give its number and title, and the page of this edition. "
        "Notes and figures have the same numbers on the web.</p>"
        f"<p><strong>Licence.</strong> {escape(book.licence)}</p></section>")


def _contents(book: Book) -> str:
    def row(kind: str, number: str, title: str, slug: str) -> str:
        words = f'<span class="contents-title">{escape(title)}</span>'
        if number:
            words = f'<span class="contents-number">{escape(number)}</span> {words}'
        inner = f'<a href="#{slug}">{words}</a>' if slug else (
            f'<span class="to-come">{words} <span class="contents-when">to come</span></span>')
        return f'<p class="contents-{kind}">{inner}</p>'

    rows: list[str] = []
    part = ""
    for leaf in book.leaves:
        if leaf.part != part:
            part = leaf.part
            rows.append(f'<p class="contents-part">{escape(part)}</p>')
        rows.append(row("lab" if leaf.kind else "chapter", leaf.short, leaf.title, leaf.slug))
    rows += [row("chapter", "", "Answers", "answers"), row("chapter", "", "Index", "index-of-names")]
    return ('<section class="contents" id="contents"><h1 data-running="Contents" '
            f'data-label="Contents">Contents</h1>{"".join(rows)}</section>')


def _opening(leaf: Leaf) -> str:
    kind = leaf.kind.lower() or ("numbered" if leaf.number else "plain")
    return (
        f'<section class="chapter {kind}" id="{leaf.slug}" data-part="{escape(leaf.part)}" '
        f'data-number="{escape(leaf.short)}" data-label="{escape(leaf.label)}" '
        f'data-running="{escape(leaf.title)}">{leaf.body}</section>')


def _index(book: Book) -> str:
    lines: list[str] = []
    last = ""
    for letter, depth, words, anchors in book.index:
        if letter != last:
            last = letter
            lines.append(f'<p class="letter">{escape(letter)}</p>')
        pages = ", ".join(
            f'<a href="#{escape(anchor)}" title="{escape(words)}"></a>' for anchor in anchors)
        lines.append(f'<p class="{"sub" if depth else "entry"}">{escape(words)}'
                     f'{", " if pages else ""}{pages}</p>')
    return ('<section class="chapter back" id="index-of-names" data-label="Index" '
            f'data-running="Index"><h1>Index</h1><div class="index-entries">{"".join(lines)}</div>'
            "</section>") if lines else ""


def _classes(element: ET.Element) -> set[str]:
    return set(element.get("class", "").split())


def _add_class(element: ET.Element, name: str) -> None:
    element.set("class", f"{element.get('class', '')} {name}".strip())


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _by_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in _classes(element)]


def _arrange(root: ET.Element, book: Book) -> dict[str, str]:
    """Make the pages of a website into a book; return in words where each link leads."""
    _unwrap_cells(root)
    _run_in_records(root)
    for section in _by_class(root, "chapter"):
        _head(section)
    _gather_answers(root)
    _drop_empty(root)
    for h1 in root.iter("h1"):
        h1.set("data-book", book.title)
    for h2 in root.iter("h2"):
        calls = {call: call.text for call in _by_class(h2, "note-call")}
        for call in calls:
            call.text = ""  # no part of a bookmark
        h2.set("data-label", _words(h2))
        for call, number in calls.items():
            call.text = number
    _place_notes(root)
    _print_links(root)
    _shape_tables_and_drawings(root)
    return _labels(root)


def _parents(root: ET.Element) -> dict[ET.Element, ET.Element]:
    return {child: parent for parent in root.iter() for child in parent}


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
        if children != list(parent):
            parent[:] = children


def _run_in_records(root: ET.Element) -> None:
    """Set the entries of the reference pages like a dictionary's: one paragraph each."""
    for records in root.iter("dl"):
        if "records" not in _classes(records):
            continue
        records.tag = "ul"
        entries: list[ET.Element] = []
        for part in list(records):
            if part.tag == "dt":
                entry = ET.Element("li", {"id": part.get("id", "")})
                part.tag, part.tail = "strong", " "
                part.attrib.clear()
                entry.append(part)
                entries.append(entry)
            elif entries:
                for block in part:
                    if block.tag == "p":
                        block.tag, block.tail = "span", " "
                    entries[-1].append(block)
        records[:] = entries


def _head(section: ET.Element) -> None:
    """Give a chapter its opening: part, number, title, in a header of its own."""
    title = next(section.iter("h1"), None)
    parents = _parents(section)
    header = ET.Element("header", {"class": "opening"})
    if section.get("data-part"):
        ET.SubElement(header, "p", {"class": "opening-part"}).text = section.get("data-part")
    h1 = ET.SubElement(header, "h1", {
        "data-label": section.get("data-label", ""), "data-running": section.get("data-running", "")})
    if section.get("data-number"):
        number = ET.SubElement(h1, "span", {"class": "opening-number"})
        number.text, number.tail = section.get("data-number"), " "
    words = ET.SubElement(h1, "span", {"class": "opening-title"})
    words.text = section.get("data-label")
    if title is not None:
        parents[title].remove(title)
        if "preface" not in _classes(section):
            words.text = title.text
            words.extend(list(title))
    section.insert(0, header)


def _gather_answers(root: ET.Element) -> None:
    """Move the answers behind the last chapter, each pointing to its question and back."""
    answers, = (e for e in root.iter("section") if e.get("id") == "answers")
    words = answers[0][0][0]  # the title in the opening
    words.text = "Answers"
    answers[0][0].set("data-label", "Answers")
    answers[0][0].set("data-running", "Answers")
    for section in _by_class(root, "chapter"):
        checks = [] if section is answers else _by_class(section, "check")
        if checks:
            ET.SubElement(answers, "h2").text = section.get("data-label")
        for check in checks:
            question, answer = check[0], check[1]
            check.remove(answer)
            target = f"{check.get('id')}--answer"
            link = ET.SubElement(ET.SubElement(check, "p", {"class": "answer-page"}), "a", {
                "href": "#" + target, "class": "to-answer"})
            link.text = "Answer"
            answer.set("id", target)
            again = ET.Element("p", {"class": "question-again"})
            again.text = _words(question)
            ET.SubElement(again, "a", {"href": f"#{check.get('id')}", "class": "to-question"})
            answer.insert(0, again)
            answers.append(answer)


def _drop_empty(root: ET.Element) -> None:
    """Leave out what has nothing in it but its opening, and its line in the contents."""
    body = next(root.iter("body"))
    contents, = _by_class(root, "contents")
    for section in _by_class(root, "chapter"):
        if not any(_words(e) for e in section if e.tag != "header"):
            body.remove(section)
    anchors = {e.get("id") for e in root.iter() if e.get("id")}
    for row in list(contents):
        link = next(row.iter("a"), None)
        if link is not None and link.get("href", "#")[1:] not in anchors:
            contents.remove(row)


def _place_notes(root: ET.Element) -> None:
    """Put each note behind its first call, where float: footnote sends it to the page's foot."""
    parents = _parents(root)
    bodies = {e.get("id"): e for e in _by_class(root, "note-body")}
    for body in bodies.values():
        parents[body].remove(body)
    placed: set[str] = set()
    for call in _by_class(root, "note-call"):
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
    if before is not None and not text and len(_words(before)) < 20:
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
    parents = _parents(root)
    own = {"call", "note-number", "to-answer", "to-question", "see-note"}

    def around(element: ET.Element) -> Iterator[ET.Element]:
        yield element
        while element in parents:
            element = parents[element]
            yield element

    for link in root.iter("a"):
        href = link.get("href", "")
        if href.startswith("#"):
            target = anchors.get(href[1:])
            if target is None:
                continue  # reported by WeasyPrint
            inside = list(around(link))
            if _classes(link) & own or any(
                    _classes(e) & {"contents", "note", "records", "index-entries"} for e in inside):
                continue
            if any(_classes(e) & {"bibliography", "records"} for e in around(target)):
                continue  # an entry is found by its name
            if next(e for e in inside if e.tag == "section") not in around(target):
                _add_class(link, "to-page-too" if _in_parentheses(link, inside) else "to-page")
        elif href.startswith(("http://", "https://")):
            shown = _words(link).removeprefix("doi:").strip()
            plain = href.split("://", 1)[1].removeprefix("www.").rstrip("/")
            if plain in shown or (shown.startswith("10.") and shown in plain):
                _add_class(link, "address")
            else:
                ET.SubElement(link, "span", {"class": "address-after"}).text = f" ({plain})"


def _in_parentheses(link: ET.Element, around: list[ET.Element]) -> bool:
    """True if the text of its block opens a parenthesis before the link and does not close it."""
    block = next(e for e in around if e.tag not in {"a", "span", "em", "strong", "cite"})
    link.set("data-here", "")
    before = ET.tostring(block, encoding="unicode").partition(' data-here=""')[0]
    del link.attrib["data-here"]
    return before.count("(") > before.count(")")


def _shape_tables_and_drawings(root: ET.Element) -> None:
    """Give drawings and tables of many columns the margin too; set heads over their figures."""
    for figure in root.iter("figure"):
        _add_class(figure, "wide")
    for table in root.iter("table"):
        rows = [list(row) for row in table.iter("tr")]
        if max(map(len, rows), default=0) >= _MANY_COLUMNS:
            _add_class(table, "wide")
        if len(rows) <= _FEW_ROWS:
            _add_class(table, "short")
        heads = [row for row in rows if all(cell.tag == "th" for cell in row)]
        body = [row for row in rows if row not in heads]
        for head in heads:
            if not body or any(len(row) != len(head) for row in body):
                continue
            for place, cell in enumerate(head):
                if all("text-align: right" in row[place].get("style", "") for row in body):
                    _add_class(cell, "number")


def _labels(root: ET.Element) -> dict[str, str]:
    """For each target of a link, the words of the link, or what it leads to."""
    labels: dict[str, str] = {}
    for link in root.iter("a"):
        words = _words(link) or link.get("title", "")
        classes = _classes(link)
        if "call" in classes:
            words = f"Note {words}"
        elif "note-number" in classes:
            words = f"Back to the call of note {words}"
        elif "to-question" in classes:
            words = "Back to the question"
        if words:
            labels.setdefault(link.get("href", ""), words)
    return labels


def _unprintable(root: ET.Element, fonts: Iterable[Path]) -> Iterator[str]:
    """Each character that no font of the book can draw, with the words around it."""
    drawn = {*map(ord, "\n\t\u00ad\u200b\u2060")}
    for path in fonts:
        drawn.update(hb.Face(hb.Blob.from_file_path(str(path))).unicodes)
    reported: set[str] = set()
    for section in _by_class(root, "chapter"):
        text = "".join(section.itertext())
        for character in sorted({c for c in text if ord(c) not in drawn} - reported):
            reported.add(character)
            place = text.index(character)
            words = " ".join(text[max(0, place - 30):place + 30].split())
            yield (f"{section.get('id')}: no font of the printed book has the character "
                   f"{character} (U+{ord(character):04X}) in “{words}”: write it another way")


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
