"""Holds the notes to what is known of the pages they cite.

``data/locators.csv`` says of each key and locator how that page is known. A note without a
row, a row without a note, and a paragraph that states figures or quotes without a note are
warnings with their place.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import number_reference, pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .chicago import locator_text, sort_key
from .citations import Cites, bib_places, cite_node, entries
from .registers import KNOWN, MARKS, Row, read_csv
from .slips import PageRecords, Slip, keep, line_of, once, place, stop, warn

REGISTER = "data/locators.csv"
COLUMNS = ("key", "locator", "known", "where", "note")
# Boxes that set tasks or sum up; what they say is said with a note elsewhere.
FREE_BOXES = {"outcomes", "memo", "predict"}
FREE_SECTIONS = re.compile(r"further reading|check yourself|self-check", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"][^”\"]+[”\"]")
_OWN_WORDS = re.compile(r"\.csv\b|\.md\b|\bmirror\b", re.IGNORECASE)
_POINTER = re.compile(r"\b(?:chapter|lab|figure|table|section|note|part)s? \d+(?:\.\d+)?(?: and \d+)?", re.IGNORECASE)
_NOT_PROSE = (nodes.reference, nodes.footnote_reference, nodes.literal, nodes.math, pending_xref, number_reference)
_DEFINITION = re.compile(r" {0,3}\[\^([^\]]+)\]:")
_CALL = re.compile(r"\[\^[^\]]+\]")


def is_chapter(docname: str) -> bool:
    """``chapters/04-ruin`` and its like; labs and reference pages are none."""
    return bool(re.fullmatch(r"chapters/\d\d-[a-z0-9-]+", docname)) and not docname.endswith("-lab")


def _row_slips(row: Row, keys: dict[str, str]) -> Iterator[Slip]:
    cells, where = row.cells, f"{REGISTER}:{row.line}"
    if cells["key"] not in keys:
        yield Slip(where, cells["key"] or "(empty)", "no such key in references.bib", "Mend the key or add the entry")
    if cells["known"] not in KNOWN:
        yield Slip(
            where, f"known = {cells['known']}", f"known is one of {', '.join(KNOWN)}", "Say how this page was read"
        )
    if cells["known"] == "extract" and not cells["where"]:
        yield Slip(where, "where is empty", "an extract stands somewhere", "Name the work that prints or quotes it")
    if cells["known"] == "thesis" and not re.fullmatch(r"\d{1,2}(, \d{1,2})*", cells["where"]):
        yield Slip(
            where, f"where = {cells['where']}", "where holds the number of the thesis's note", "Write 14, or 14, 15"
        )
    for name in ("where", "note"):
        if _OWN_WORDS.search(cells[name]):
            remedy = "Say it so that a reader of the book understands it"
            yield Slip(where, f"{name} = {cells[name]}", "the register names works, not working files", remedy)


@once
def register(app: Sphinx) -> dict[tuple[str, str], Row]:
    """``{(key, locator): row}`` of the register. Faults in its form stop the build."""
    rows, slips = read_csv(Path(app.srcdir, REGISTER), REGISTER, COLUMNS)
    keys = bib_places(app)
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        slips += _row_slips(row, keys)
        pair = (row.cells["key"], locator_text(row.cells["locator"]))
        if pair in found:
            rule = f"this key and locator stand already in line {found[pair].line}"
            slips.append(Slip(f"{REGISTER}:{row.line}", ", ".join(pair), rule, "Keep one row"))
        found.setdefault(pair, row)
    stop(slips)
    return found


def _check_form(app: Sphinx) -> None:
    register(app)


def _join(app: Sphinx, env: BuildEnvironment) -> None:
    """Each key and locator in a note has a row, each row a note."""
    rows, keys = register(app), bib_places(app)
    uses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for page, cites in sorted(Cites.of(env).items()):
        for cite in cites:
            if cite.kind in ("note", "quotation"):
                uses[cite.key, cite.locator].append(place(env, page, cite.line))
    slips = []
    for pair, places in uses.items():
        if pair not in rows and pair[0] in keys:
            value = f"{pair[0]}{{{pair[1]}}}" if pair[1] else pair[0]
            rule = f"{REGISTER} does not say how this page is known"
            slips.append(
                Slip(places[0], value, rule, f"Add the row {pair[0]},{pair[1]},copy|extract|thesis,where,note")
            )
    for pair, row in rows.items():
        if pair not in uses:
            rule = "no note cites this key with this locator"
            slips.append(Slip(f"{REGISTER}:{row.line}", ", ".join(pair), rule, "Take the row out, or mend the note"))
    warn(slips)


def _is_free(paragraph: nodes.paragraph) -> bool:
    """Whether the paragraph is outside the prose that must carry notes."""
    node: nodes.Element = paragraph.parent
    while not isinstance(node, nodes.document):
        classes = node["classes"]
        if isinstance(node, nodes.section):
            title = node.next_node(nodes.title)
            if title is not None and FREE_SECTIONS.search(title.astext()):
                return True
        elif not isinstance(node, nodes.Admonition) or FREE_BOXES.intersection(classes):
            return True
        node = node.parent
    return False


def _claim(paragraph: nodes.paragraph) -> str:
    """The first figure or quotation that the paragraph states, or nothing."""
    words = []
    for node in paragraph.findall(nodes.Text):
        inside = node.parent
        while inside is not paragraph:
            if isinstance(inside, _NOT_PROSE):
                break
            inside = inside.parent
        else:
            words.append(node.astext())
    text = _POINTER.sub("", "".join(words))
    match = re.search(r"\d[\d,.–-]*", text) or _QUOTED.search(text)
    if match:
        return match.group()
    pasted = any(node.tagname == "PendingGlueReference" for node in paragraph.findall(nodes.Element))
    return "a glued figure" if pasted else ""


class NoteChecks(PageRecords):
    """Looks at the notes of each page while it is read; finds slips, remembers nothing."""

    name = "seminar_notes"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        env = app.env
        self._definitions(env, doctree)
        notes = {name: note for note in doctree.findall(nodes.footnote) for name in note["ids"]}
        if not is_chapter(env.docname):
            return
        for paragraph in doctree.findall(nodes.paragraph):
            if _is_free(paragraph):
                continue
            called = [notes[r["refid"]] for r in paragraph.findall(nodes.footnote_reference) if r.get("refid") in notes]
            claim = _claim(paragraph)
            if claim and not called:
                rule = "a paragraph with a year, a figure or a quotation carries a note"
                keep(env, claim, rule, "Add [^name] and its note", line_of(paragraph))
            self._quotations(env, paragraph, called)

    @staticmethod
    def _definitions(env: BuildEnvironment, doctree: nodes.document) -> None:
        path = Path(env.doc2path(env.docname))
        if path.suffix != ".md":
            return
        called = {name for note in doctree.findall(nodes.footnote) for name in note["names"]}
        defined: dict[str, int] = {}
        fence = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            mark = re.match(r"\s*(`{3,}|~{3,})", line)
            if mark and (not fence or mark.group(1).startswith(fence)):
                fence = "" if fence else mark.group(1)
            found = None if fence else _DEFINITION.match(line)
            if not found:
                continue
            name = found.group(1)
            if name.isdigit():
                remedy = "Give it a word for a name; the book numbers notes in order"
                keep(env, found.group(), "a note's name is not a number", remedy, number)
            elif nodes.fully_normalize_name(name) not in called:
                keep(env, found.group(), "nothing in the page calls this note", "Call it or take it out", number)
            if defined.setdefault(name, number) != number:
                rule = f"this note is defined already in line {defined[name]}"
                keep(env, found.group(), rule, "Rename or remove one", number)
        for text in doctree.findall(nodes.Text):
            loose = _CALL.search(text) if not isinstance(text.parent, nodes.literal | nodes.literal_block) else None
            if loose:
                remedy = f"Add {loose.group()}: and the note, or mend the name"
                keep(env, loose.group(), "no note of this name in the page", remedy, line_of(text))

    @staticmethod
    def _quotations(env: BuildEnvironment, paragraph: nodes.paragraph, called: list[nodes.footnote]) -> None:
        cited = {xref["reftarget"].split("{")[0] for note in called for xref in note.findall(pending_xref)}
        for node in paragraph.findall(nodes.inline):
            edition = node.get("edition")
            if edition and called and edition not in cited:
                rule = f"a quotation's paragraph has a note that cites its edition, {edition}"
                keep(env, node.astext(), rule, f"Add {{cite}}`{edition}{{...}}` to the note", line_of(node))


def _page_order(locator: str) -> list[tuple[int, str]]:
    """Sorts 9 before 10, and pages before chapters."""
    parts = re.findall(r"\d+|\D+", locator)
    return [(int(part), "") if part.isdigit() else (10**9, part) for part in parts]


class Locators(SphinxDirective):
    """``{locators}``: prints the register, one row for the pages of a work that are known alike."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        env = self.env
        for name in (REGISTER, *env.config.bibtex_bibfiles):
            env.note_dependency(str(Path(env.srcdir, name)))
        alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for (key, locator), row in register(env.app).items():
            cells = row.cells
            where = f"note {cells['where']} of the thesis" if cells["known"] == "thesis" else cells["where"]
            alike[key, cells["known"], "; ".join(filter(None, [where, cells["note"]]))].append(locator)
        if not alike:
            return []
        works = entries(env)
        body = nodes.tbody()
        for (key, known, remark), pages in sorted(alike.items(), key=lambda item: (sort_key(works[item[0][0]]), item)):
            shown = "; ".join(sorted(filter(None, pages), key=_page_order)) or "none given"
            says = [shown, MARKS[known], remark[:1].upper() + remark[1:]]
            body += nodes.row(
                "",
                nodes.entry("", nodes.paragraph("", "", cite_node(key, "", "register", env))),
                *(nodes.entry("", nodes.paragraph(text=text)) for text in says),
            )
        head = ("Work", "Pages", "Known from", "Where, or what to note")
        group = nodes.tgroup("", cols=len(head))
        group += [nodes.colspec(colwidth=width) for width in (34, 26, 12, 28)]
        group += nodes.thead("", nodes.row("", *(nodes.entry("", nodes.paragraph(text=word)) for word in head)))
        group += body
        return [nodes.table("", group, classes=["locators"])]


def _visit_reference(self: HTML5Translator, node: nodes.footnote_reference) -> None:
    start, target = len(self.body), node.get("refid", "")
    HTML5Translator.visit_footnote_reference(self, node)
    self.body[start] = self.body[start].replace("<a ", f'<a aria-describedby="{target}" data-note="{target}" ', 1)


def _depart_reference(self: HTML5Translator, node: nodes.footnote_reference) -> None:
    HTML5Translator.depart_footnote_reference(self, node)


def setup_notes(app: Sphinx) -> None:
    """Check the register, the notes and the paragraphs; print the register."""
    app.add_env_collector(NoteChecks)
    app.add_directive("locators", Locators)
    app.add_node(nodes.footnote_reference, override=True, html=(_visit_reference, _depart_reference))
    app.connect("builder-inited", _check_form, priority=110)
    app.connect("env-updated", _join, priority=610)
