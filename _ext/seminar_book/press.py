"""Puts right what WeasyPrint 70 does to notes and drawings, during layout and after it.

It sends notes away from their calls, leaves pages empty before drawings, and knows no outer
margin. The version is pinned, and ``tests/test_pdf.py`` fails if any of this stops working.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from math import inf
from typing import Any

from .arrange import classes_of

_INDENT = 14.5 / 0.75  # of a paragraph after another, in CSS pixels
_PASSING = {"p", "ul", "ol", "dl", "blockquote"}  # text that may stand before a drawing


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
def keep_notes_in_place() -> None:
    """Stop WeasyPrint 70 from moving notes away from their calls to mend an orphan.

    When one line of a paragraph is left at the foot of a page, it makes room for a second by
    sending notes of earlier lines to the next page; and if that page is laid out again, for a
    page number that has become known, those notes are lost. Without notes to send, the line
    itself goes to the next page.
    """
    from weasyprint.layout import block

    original = block._linebox_layout
    block._linebox_layout = lambda context, *rest: original(_Steadfast(context), *rest)


def keep_words_whole(words: Iterable[str], language: str) -> None:
    """Do not hyphenate ``words``: the dictionary of WeasyPrint takes them for words it has looked up."""
    import pyphen

    known = pyphen.Pyphen(lang=pyphen.language_fallback(language)).hd.cache
    for word in words:
        known.update({form.lower(): [] for form in (word, f"{word}’s")})


def _indent(paragraph: Any, before: list[Any]) -> None:
    """Indent a plain paragraph if another stands right before it, as the style sheet does."""
    from weasyprint.css.properties import Dimension

    if paragraph.element_tag == "p" and not classes_of(paragraph.element):
        indent = _INDENT if [box.element_tag for box in before] == ["p"] else 0
        for line in paragraph.children:
            line.style = line.style.copy()
            line.style["text_indent"] = Dimension(indent, "px")


def _may_wait(box: Any) -> bool:
    """True for a drawing, or a short table with a number, by which the text calls it."""
    element = box.element
    if box.element_tag == "div" and "pst-scrollable-table-container" in classes_of(element):  # the theme's
        table = element.find("table")
        return table is not None and "short" in classes_of(table) and table.find("caption") is not None
    return bool(box.element_tag == "figure")


def _may_pass(box: Any) -> bool:
    """True for text that may stand before a drawing instead of behind it."""
    return box.element_tag in _PASSING and box.element.get("data-lead") is None


@cache
def fill_pages_before_drawings() -> None:
    """Do not leave the rest of a page empty because a drawing does not fit there.

    WeasyPrint 70 has no page floats. A drawing that does not fit is tried at four fifths of
    its size; failing that, it (or a numbered table of a few rows) changes places with the next
    paragraph of its section, as often as needed, and so opens the next page or follows the
    paragraph that runs over to it. The paragraphs are then indented as what stands before them
    now asks.
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
        if not _may_wait(child) or result[2] != {index: None}:
            return result
        drawing = next((b for b in child.descendants() if b.element is not None
                        and "chart-wide" in classes_of(b.element)), None)
        if drawing is not None:
            full, drawing.style = drawing.style, drawing.style.copy()
            drawing.style["width"] = Dimension(82, "%")
            child.position_x, child.position_y = place
            smaller = attempt(context, box, index, child, *rest)
            if smaller[2] != {index: None}:
                return smaller
            drawing.style = full
        if index + 1 < len(box.children) and _may_pass(box.children[index + 1]):
            before, (follower, *after) = box.children[:index], box.children[index + 1:]
            follower.position_x, follower.position_y = place
            _indent(follower, before[-1:])
            passed = attempt(context, box, index, follower, *rest)
            if not passed[0] and passed[2] != {index: None}:
                box.children = [*before, follower, child, *after]
                if after:
                    _indent(after[0], [child])
                return passed
            _indent(follower, [child])
        return result

    block._in_flow_layout = in_flow_layout


@cache
def fill_lines_before_what_is_not_broken() -> None:
    """Do not end a line early because what follows it, a call with its word, does not fit.

    WeasyPrint 70 then sets the text before it again, a hair narrower. If only the space at its end
    runs over, ``split_first_line`` cuts the text after its first word, or in it.
    """
    from weasyprint.layout import inline

    original = inline.split_first_line

    def split_first_line(text: str, style: Any, context: Any, width: Any, *rest: Any, **named: Any) -> Any:
        result = original(text, style, context, width, *rest, **named)
        if result[2] is None or not text.endswith(" ") or width in (None, inf):
            return result
        if len(text) * style["font_size"] > 4 * width:  # it cannot fit, space or no space
            return result
        if original(text.rstrip(" "), style, context, width, *rest, **named)[2] is None:
            return original(text, style, context, inf, *rest, **named)
        return result

    inline.split_first_line = split_first_line


def use_outer_margin(document: Any) -> None:
    """Wide matter runs into the outer margin: on left-hand pages, move it to the left.

    WeasyPrint lays a wide drawing out to the right; which side is the outer one is known
    only when the pages are. Links are gathered anew, one to a line of a link: WeasyPrint
    gives another to every part of one.
    """
    from weasyprint.document import Page

    def outermost(box: Any) -> Iterator[Any]:
        if box.element is not None and "wide" in classes_of(box.element):
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


def misplaced_notes(document: Any) -> Iterator[str]:
    """Each note that does not stand on the page of its call, in words."""
    calls: dict[str, tuple[int, str]] = {}
    notes: dict[str, int] = {}
    for number, page in enumerate(document.pages, 1):
        for box in page._page_box.descendants():
            classes = classes_of(box.element) if box.element is not None else ()
            if "call" in classes:
                calls.setdefault(f"#{box.element.get('id')}", (number, box.element.text))
            elif "note-number" in classes:
                notes.setdefault(box.element.get("href"), number)
    for call, (page, words) in calls.items():
        if notes.get(call) != page:
            stands = f"stands on page {notes[call]}" if call in notes else "is not printed"
            yield (f"note {words} of {call[1:].partition('--')[0]}, called on page {page}, {stands}: "
                   "shorten the note, or move its call")
