"""Lays the reader out: fragments of HTML into one document, and that into pages.

WeasyPrint sets the type by ``print.css``. What a style sheet cannot say is done on the parsed
tree (:mod:`.arrange`), during layout (:mod:`.press`) and on the finished file (:mod:`.pdf`).
"""

import contextlib
import gc
import logging as std_logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import uharfbuzz as hb
from babel.dates import format_date
from sphinx.util import logging

from . import index
from .arrange import arrange, by_class
from .fonts import Face
from .press import (
    fill_lines_before_what_is_not_broken,
    fill_pages_before_drawings,
    keep_notes_in_place,
    keep_words_whole,
    misplaced_notes,
    use_outer_margin,
)
from .slips import warn

logger = logging.getLogger(__name__)

_STYLE = Path(__file__).with_name("print.css")
_PREFACE = "to-the-reader"  # its own name leads to the title page
_ON_INDEX = (
    "Pages of the chapters and labs; their notes are not searched. "
    "<strong>Bold</strong>: the entry among the reference pages.")
_VARIANT = "pdf/ua-1"  # for its tags; what it says of itself is mended away


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
    index: list[index.Heading]
    entries: dict[str, str] = field(default_factory=dict)  # of the reference pages: anchor by head
    undivided: set[str] = field(default_factory=set)  # words that are not hyphenated

    @property
    def day(self) -> str:
        """The date of the edition: "22 November 2026"."""
        day = datetime.fromtimestamp(self.moment, UTC)
        return format_date(day, "d MMMM y", locale=self.language)


def print_reader(book: Book, fonts: dict[Face, Path], target: Path) -> int:
    """Write ``target`` and return the number of its pages.

    The file appears when it is complete and not before; what stood there stays until then.
    """
    with _only_fonts(fonts, target.parent.parent / "fonts"), _heard(), _no_collection():
        import weasyprint

        from .pdf import mend

        keep_words_whole(book.undivided, book.language)
        keep_notes_in_place()
        fill_lines_before_what_is_not_broken()
        fill_pages_before_drawings()
        html = weasyprint.HTML(string=_html(book), base_url=str(_STYLE.parent))
        labels = arrange(html.etree_element, book.title)
        for trouble in _unprintable(html.etree_element, fonts.values()):
            logger.warning(trouble)
        style = weasyprint.CSS(filename=str(_STYLE))
        document = html.render(stylesheets=[style], pdf_variant=_VARIANT)
        use_outer_margin(document)
        for trouble in misplaced_notes(document):
            logger.warning(trouble)
        if book.index:
            labels |= _fill_index(html.etree_element, document, book)
            # Its one page so far holds the place of the index, and gives the number of its first.
            first = len(document.pages)
            side = "right" if first % 2 else "left"
            place = weasyprint.CSS(
                string=f"@page :first {{ counter-reset: page {first} }} html {{ break-before: {side} }}")
            pages = html.render(stylesheets=[style, place], pdf_variant=_VARIANT).pages
            document = document.copy([*document.pages[:-1], *pages])
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
        gc.freeze()  # nor is it looked through afterwards: the program ends
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
        f'<section class="chapter preface" id="{_PREFACE}" data-label="{book.preface.title}" '
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

    rows = [row("chapter", "", book.preface.title, _PREFACE)]
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
        f'data-running="{escape(leaf.label)}">{leaf.body}</section>')


def _index(book: Book) -> str:
    return ('<section class="chapter back" id="index-of-names" data-label="Index" '
            f'data-running="Index"><h1>Index</h1><p class="index-note">{_ON_INDEX}</p>'
            '</section>') if book.index else ""


def _fill_index(root: ET.Element, document: Any, book: Book) -> dict[str, str]:
    """Leave nothing in the document but the index, with its lines; return where its links lead.

    Pages are known only when they are laid out, and each is to be named once: so the index is
    set when all the rest stands.
    """
    lines, slips = index.find(book.index, document, book.entries)
    warn(slips)
    body = next(root.iter("body"))
    body[:] = [section for section in body if section.get("id") == "index-of-names"]
    shown = ET.SubElement(body[0], "div", {"class": "index-entries"})
    letter = ""
    for line in lines:
        if not line.below and line.words[0].upper() != letter:
            letter = line.words[0].upper()
            ET.SubElement(shown, "p", {"class": "letter"}).text = letter
        entry = ET.SubElement(shown, "p", {"class": "sub" if line.below else "entry"})
        entry.text = f"{line.words}, " if line.pages or line.main else line.words
        if line.see:
            ET.SubElement(entry, "em").text = ", see "
            entry[-1].tail = line.see
        for first, last in [*line.pages, *([(line.main, line.main)] if line.main else [])]:
            if len(entry):
                entry[-1].tail = ", "
            link = ET.SubElement(entry, "a", {"href": f"#page-{first}"})
            link.text = f"{first}–{last}" if last > first else str(first)
            if first == line.main:
                link.set("class", "main")
            document.pages[first - 1].anchors.setdefault(f"page-{first}", (0, 0, 0, 0))
    return {f"#page-{number}": f"Page {number}" for number in range(1, len(document.pages))}


def _unprintable(root: ET.Element, fonts: Iterable[Path]) -> Iterator[str]:
    """Each character that no font of the book can draw, with the words around it."""
    drawn = {*map(ord, "\n\t\u00ad\u200b\u2060")}
    for path in fonts:
        drawn.update(hb.Face(hb.Blob.from_file_path(str(path))).unicodes)
    reported: set[str] = set()
    for section in by_class(root, "chapter"):
        text = "".join(section.itertext())
        for character in sorted({c for c in text if ord(c) not in drawn} - reported):
            reported.add(character)
            place = text.index(character)
            words = " ".join(text[max(0, place - 30):place + 30].split())
            yield (f"{section.get('id')}: no font of the printed book has the character "
                   f"{character} (U+{ord(character):04X}) in “{words}”: write it another way")
