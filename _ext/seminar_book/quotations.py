"""Prints registered quotations, and finds quotations that are not registered.

``data/quotations.csv`` holds the words once, with who said them, when, to whom, in what
edition, and how they are known. A block is the directive ``quotation``; words in a sentence
are the role ``quote``.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole

from .chicago import field, locator_text
from .citations import bib_places, cite_node, entries, stop_inside
from .dating import is_edtf, spoken
from .notes import is_chapter
from .notes import register as locators
from .registers import KNOWN, Row, read_csv
from .slips import PageRecords, Slip, keep, line_of, once, stop, warn

REGISTER = "data/quotations.csv"
COLUMNS = (
    "id", "text", "speaker", "date", "addressee", "edition", "locator", "language", "translator", "known",
)  # fmt: skip
MOST_WORDS = 40
UNREGISTERED_WORDS = 5
OURS = "this book"  # the translator, where there was no English edition to quote
LANGUAGES = {"en": "English", "ru": "Russian", "de": "German", "fr": "French"}
_MARKED = re.compile(r"[“\"]([^“”\"]+)[”\"]|(?<!\w)‘([^‘“”]+?)’(?!\w)")


def words(text: str) -> list[str]:
    """The words of a text, for counting and comparing."""
    return re.findall(r"[\w’'-]+", text.replace("'", "’").casefold())


def _row_slips(row: Row, keys: dict[str, str]) -> list[Slip]:
    cells, slips = row.cells, []

    def fault(value: str, rule: str, remedy: str) -> None:
        slips.append(Slip(f"{REGISTER}:{row.line}", value, rule, remedy))

    for name in ("id", "text", "speaker", "date", "edition", "locator", "language"):
        if not cells[name]:
            fault(
                f"{cells['id']}: {name} is empty",
                f"every quotation has its {name}",
                "Fill it, or leave the quotation out",
            )
    if cells["id"] and not re.fullmatch(r"[a-z][a-z0-9-]*", cells["id"]):
        fault(cells["id"], "an id is small letters, figures and hyphens", "Rename it here and where it is used")
    count = len(words(cells["text"]))
    if count > MOST_WORDS:
        fault(f"{cells['id']}: {count} words", f"a quotation has at most {MOST_WORDS}", "Shorten it with an ellipsis")
    if cells["date"] and not is_edtf(cells["date"]):
        fault(f"date = {cells['date']}", "a date is written in EDTF (1918-01-07, 1918-01, 1918~)", "Write it so")
    if cells["edition"] and cells["edition"] not in keys:
        fault(f"edition = {cells['edition']}", "no such key in references.bib", "Mend the key or add the entry")
    if cells["language"] and cells["language"] not in LANGUAGES:
        fault(
            f"language = {cells['language']}",
            f"language is one of {', '.join(LANGUAGES)}",
            "Give the language first spoken or written",
        )
    if cells["language"] not in ("", "en") and not cells["translator"]:
        fault(
            f"{cells['id']}: translator is empty",
            "somebody put these words into English",
            "Name the translator, or say: of the edition",
        )
    if cells["known"] not in KNOWN:
        fault(f"known = {cells['known']}", f"known is one of {', '.join(KNOWN)}", "Say how these words were read")
    return slips


@once
def register(app: Sphinx) -> dict[str, Row]:
    """``{id: row}`` of the registered quotations. Faults in their form stop the build."""
    rows, slips = read_csv(Path(app.srcdir, REGISTER), REGISTER, COLUMNS)
    keys, pages = bib_places(app), locators(app)
    found: dict[str, Row] = {}
    for row in rows:
        slips += _row_slips(row, keys)
        page = pages.get((row.cells["edition"], locator_text(row.cells["locator"])))
        if page and page.cells["known"] != row.cells["known"]:
            rule = f"data/locators.csv, line {page.line}, says {page.cells['known']} of the same page"
            slips.append(Slip(f"{REGISTER}:{row.line}", f"known = {row.cells['known']}", rule, "Make the two agree"))
        if row.cells["id"] in found:
            rule = f"this id stands already in line {found[row.cells['id']].line}"
            slips.append(Slip(f"{REGISTER}:{row.line}", row.cells["id"], rule, "Rename one"))
        found.setdefault(row.cells["id"], row)
    stop(slips)
    return found


def _check_form(app: Sphinx) -> None:
    register(app)


@once
def _titles(app: Sphinx) -> set[tuple[str, ...]]:
    """The titles of the bibliography as words, whole and without subtitle."""
    fields = ("title", "booktitle", "shorttitle", "description")
    whole = [field(entry, name) for entry in entries(app.env).values() for name in fields]
    return {tuple(words(title)) for title in [*whole, *(title.split(": ")[0] for title in whole)]}


class Uses(PageRecords):
    """The ids each page quotes: ``{docname: {id, ...}}``."""

    name = "seminar_quotations"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        env = app.env
        if not is_chapter(env.docname):
            return
        registered = [words(row.cells["text"]) for row in register(app).values()]
        titles = _titles(app)
        for block in doctree.findall(nodes.TextElement):
            if isinstance(block, nodes.Inline | nodes.literal_block | nodes.math_block):
                continue
            for typed in _typed_quotations(block):
                said = words(typed)
                if (
                    len(said) < UNREGISTERED_WORDS
                    or tuple(said) in titles
                    or any(_within(said, text) for text in registered)
                ):
                    continue
                rule = f"{len(said)} words in quotation marks that {REGISTER} does not hold"
                keep(env, f"“{typed}”", rule, "Register them and print them by {quote} or {quotation}", line_of(block))


def _within(said: list[str], text: list[str]) -> bool:
    """Whether ``said`` repeats a run of a registered text (a close reading does)."""
    return any(text[i : i + len(said)] == said for i in range(len(text) - len(said) + 1))


def _typed_quotations(block: nodes.TextElement) -> list[str]:
    """What stands in typed quotation marks; code and registered quotations count as nothing."""
    pieces = []
    for node in block.findall(nodes.Text):
        inside = node.parent
        while inside is not block and not isinstance(inside, nodes.literal) and not inside.get("edition"):
            inside = inside.parent
        pieces.append(node.astext() if inside is block else " ")
    return [first or second for first, second in _MARKED.findall("".join(pieces))]


def _find(env: BuildEnvironment, name: str, line: int | None) -> Row | None:
    """The row called ``name``; remembers that the page uses it, or the slip if there is none."""
    env.note_dependency(str(Path(env.srcdir, REGISTER)))
    rows = register(env.app)
    if name not in rows:
        keep(env, name, f"no such id in {REGISTER}", "Register the quotation or mend the id", line)
        return None
    Uses.of(env).setdefault(env.docname, set()).add(name)
    return rows[name]


class Quotation(SphinxDirective):
    """``{quotation} id``: a block quotation with its attribution."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        row = _find(self.env, self.arguments[0], self.lineno)
        if row is None:
            return []
        cells = row.cells
        env = self.env
        env.note_dependency(str(Path(env.srcdir, "data/locators.csv")))
        page = locators(env.app).get((cells["edition"], locator_text(cells["locator"])))
        to = f" to {cells['addressee']}" if cells["addressee"] else ""
        source = nodes.attribution("", f"{cells['speaker']}{to}, {spoken(cells['date'])}. ")
        source += cite_node(cells["edition"], cells["locator"], "quotation", env)
        known = KNOWN[cells["known"]]
        where = page.cells["where"] if page else ""
        if where:
            known += f" (note {where})" if cells["known"] == "thesis" else f": {where}"
        translated = ""
        if cells["translator"]:
            who = "for this book" if cells["translator"] == OURS else f"by {cells['translator']}"
            translated = f" Translated from the {LANGUAGES[cells['language']]} {who}."
        source += nodes.Text(f".{translated} {known}.")
        quoted = nodes.paragraph(text=cells["text"], edition=cells["edition"])
        block = nodes.block_quote("", quoted, source, classes=["quotation"], edition=cells["edition"])
        for node in (block, quoted, source):
            self.set_source_info(node)
        return [block]


class Quote(SphinxRole):
    """``{quote}`id` ``: the registered words in quotation marks, inside a sentence."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        row = _find(self.env, self.text.strip(), self.lineno)
        if row is None:
            return [nodes.inline(text=self.text)], []
        text = row.cells["text"].replace("“", "‘").replace("”", "’")
        node = nodes.inline(text=f"“{text}”", classes=["quote"], edition=row.cells["edition"])
        self.set_source_info(node)
        return [node], []


class StopsInQuotes(SphinxTransform):
    """Moves a comma or full stop that follows a run-in quotation inside its marks."""

    default_priority = 700

    def apply(self, **options: object) -> None:
        for node in list(self.document.findall(nodes.inline)):
            if "quote" in node["classes"]:
                stop_inside(node)


def _check_uses(app: Sphinx, env: BuildEnvironment) -> None:
    used = {name for names in Uses.of(env).values() for name in names}
    remedy = "Use it by {quote} or {quotation}, or take the row out"
    warn(
        Slip(f"{REGISTER}:{row.line}", name, "no page uses this quotation", remedy)
        for name, row in register(app).items()
        if name not in used
    )


def setup_quotations(app: Sphinx) -> None:
    """Register the directive, the role and the checks."""
    app.add_env_collector(Uses)
    app.add_directive("quotation", Quotation)
    app.add_role("quote", Quote())
    app.add_transform(StopsInQuotes)
    app.connect("builder-inited", _check_form, priority=120)
    app.connect("env-updated", _check_uses, priority=620)
