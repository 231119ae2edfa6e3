"""The index of the printed reader: on which pages the words of its headings stand.

``_index.yml`` lists the headings, each with the words that lead there:

    Kronstadt:                                  # the heading itself is looked for
    Tukhachevsky, Mikhail:                      # so is what stands before a comma
    labour armies: [labour army, army of labour]
    Lenin, Vladimir; illness: [stroke, fell ill]  # below the heading before
    Council of People’s Commissars: see Sovnarkom

Words are found in the chapters and labs as they are printed, not in notes, answers or reference
pages. A small first letter stands for a capital too, ``*`` for any ending.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .arrange import classes_of
from .slips import Slip

FILE = "_index.yml"
_SEARCHED = {"numbered", "lab"}  # sections
_PASSED_OVER = {"note", "call", "opening"}


class Heading(NamedTuple):
    """A line of the file."""

    words: str
    below: str  # the heading above it, or ""
    see: str  # another heading, or ""
    sought: list[str]
    place: str


class Line(NamedTuple):
    """A line of the printed index; ``main`` is the page of its entry in the reference part, or 0."""

    words: str
    below: str
    see: str
    pages: list[tuple[int, int]]
    main: int


def read(path: Path) -> list[Heading]:
    """The headings of the file in the order of the alphabet."""
    tree = yaml.compose(path.read_text(encoding="utf-8"))
    headings = []
    for key, value in tree.value if tree else ():
        above, _, below = key.value.rpartition("; ")
        words = [item.value for item in value.value] if isinstance(value, yaml.SequenceNode) else []
        see = value.value.removeprefix("see ") if str(value.value).startswith("see ") else ""
        if isinstance(value, yaml.ScalarNode) and not see:
            words = [value.value or key.value.partition(",")[0]]
        headings.append(Heading(below, above, see, words, f"{path.name}:{key.start_mark.line + 1}"))
    return sorted(headings, key=lambda h: (_order(h.below or h.words), bool(h.below), _order(h.words)))


def _order(words: str) -> str:
    return re.sub(r"^(?:(?:the|of|and|in|on|as) )+|[^\w ,]", "", words.casefold())


def _pattern(words: list[str]) -> re.Pattern[str]:
    def one(text: str) -> str:
        text = text.replace("'", "’")
        first = f"[{text[0]}{text[0].upper()}]" if text[0].islower() else re.escape(text[0])
        rest = re.escape(text[1:]).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
        return first + rest

    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(one, words))})(?!\w)")


def find(headings: list[Heading], document: Any, entries: Mapping[str, str]) -> tuple[list[Line], list[Slip]]:
    """The lines of the index, and the headings whose words stand nowhere.

    ``entries`` gives the anchor of each entry of the reference part by its head.
    """
    texts = {number: _texts(page) for number, page in enumerate(document.pages, 1)}
    homes = {anchor: number for number, page in enumerate(document.pages, 1) for anchor in page.anchors}
    known = {heading.words for heading in headings if not heading.below}
    lines, slips = [], []
    for heading in headings:
        pages: list[int] = []
        if heading.sought:
            pattern = _pattern(heading.sought)
            pages = [number for number, both in texts.items() if any(map(pattern.search, both))]
        if not pages and not heading.see:
            rule = f"no chapter or lab has {' or '.join(f'“{words}”' for words in heading.sought)}"
            slips.append(Slip(heading.place, heading.words, rule, "Mend its words, or take it out"))
        for other in (heading.see, heading.below):
            if other and other not in known:
                slips.append(Slip(heading.place, heading.words, f"there is no heading “{other}”", "Mend it"))
        main = 0 if heading.below or heading.see else homes.get(entries.get(heading.words, ""), 0)
        lines.append(Line(heading.words, heading.below, heading.see, list(_runs(pages)), main))
    return lines, slips


def _runs(pages: list[int]) -> Iterator[tuple[int, int]]:
    """First and last page of each run: 43, 44 and 45 are 43–45."""
    start = last = 0
    for page in [*pages, 0]:
        if start and page != last + 1:
            yield start, last
            start = 0
        start, last = start or page, page


def _texts(page: Any) -> tuple[str, str]:
    """The words of chapters and labs on a laid-out page, with and without the hyphens that end a line."""
    out: list[str] = []
    for child in page._page_box.children:
        if child.element_tag == "html":
            _gather(child, out, searched=False)
    text = "\n".join(out).replace("\u00ad", "")
    return text.replace("-\n", "-"), text.replace("-\n", "")


def _gather(box: Any, out: list[str], searched: bool) -> None:
    classes = classes_of(box.element) if box.element is not None else set()
    if classes & _PASSED_OVER:
        return
    if box.element_tag == "section" and "chapter" in classes:
        searched = bool(classes & _SEARCHED)
    if type(box).__name__ == "LineBox":
        if searched:
            out.append("".join(_words(box)).rstrip())
        return
    for child in getattr(box, "children", ()):
        _gather(child, out, searched)


def _words(box: Any) -> Iterator[str]:
    """The text in a line; blocks inside it (a table cell's lines) come apart."""
    if box.element is not None and classes_of(box.element) & _PASSED_OVER:
        return
    if hasattr(box, "text"):
        yield box.text
    for child in getattr(box, "children", ()):
        yield from _words(child)
