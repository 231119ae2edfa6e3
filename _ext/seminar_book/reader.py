"""The printed reader: one PDF of the whole book.

The builder resolves the same doctrees as the HTML build (nothing is read or executed
again), writes each page of the book as an HTML fragment fit for paper, and hands the
fragments to :mod:`.paper`, which lays them out.
"""

import contextlib
import io
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.io import StringOutput
from sphinx.application import Sphinx
from sphinx.builders.singlehtml import SingleFileHTMLBuilder
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.display import progress_message

from . import index
from .chicago import plain
from .citations import entries
from .fonts import static_fonts
from .pages import Entry, contents
from .paper import Book, Leaf, print_reader
from .records import heads, proper_names

logger = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(?:(?P<kind>[A-Z]\w+) )?(?P<number>\d+)\. (?P<title>.+)", re.DOTALL)
SCREEN, _PAPER = "screen-only", "print-only"
_LEFT_OUT = {"cell_input", "toctree-wrapper", SCREEN, f"tag_{SCREEN}"}
_PRINTED_TEXT = {"output", "stderr", "traceback"}
# Names that are not divided at the end of a line, beside those of the tables and the bibliography.
_UNDIVIDED = {"Lunacharsky", "Kollontai", "Shlyapnikov", "Tukhachevsky", "Krasnov", "Yudenich", "Denikin", "Wrangel"}
_COMPARE = "Compare, when you have answered"
_PANGO = (
    "The printed reader needs the Pango library, which is not installed. "
    "To install it: sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


def slug(docname: str) -> str:
    """The prefix that keeps one page's anchors apart from another's."""
    return docname.replace("/", "-")


class ReaderBuilder(SingleFileHTMLBuilder):
    """Writes ``_build/pdf/reader.pdf``."""

    name = "reader"
    epilog = ""
    search = False
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg"]  # noqa: RUF012

    def init(self) -> None:
        """Stop in one sentence if the library that sets the type is missing."""
        super().init()
        self.add_permalinks = False
        with contextlib.redirect_stdout(io.StringIO()):  # it explains itself at length
            try:
                import weasyprint  # noqa: F401
            except OSError:
                logger.error(_PANGO)
                raise SystemExit(2) from None

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """The anchor of a page: all of them are in one document."""
        return "#" + slug(docname)

    subtitle = ""

    def write(self, *ignored: Any) -> None:
        """Assemble all pages of the contents and print them."""
        started = time.monotonic()
        build = Path(self.outdir).parent
        target = build / "pdf" / "reader.pdf"
        parts = contents(self.env, getattr(self.config, "chapters_to_come", {}))
        root = self.config.root_doc
        preface = Leaf(slug(root), "To the reader")
        leaves = [leaf for part in parts for entry in part.entries
                  for leaf in _leaves(entry, part.caption)]
        docnames = {slug(name): name for name in self.env.all_docs}
        with progress_message("assembling the reader"):
            self.prepare_writing({root, *docnames.values()})
            self.imgpath = Path(self.outdir, "_images").as_uri()
            for leaf in (preface, *leaves):
                if not leaf.to_come:
                    leaf.body = self._fragment(docnames[leaf.slug])
            self.copy_image_files()
        with progress_message("printing the reader"):
            pages = print_reader(Book(
                title=str(self.config.html_title or self.config.project),
                subtitle=self.subtitle,
                author=str(self.config.author),
                language=self.config.language,
                licence=self.config.reader_licence,
                address=self.config.html_theme_options.get("repository_url", ""),
                moment=int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()),
                preface=preface,
                leaves=leaves,
                index=self._headings(),
                entries={head: f"{slug(page)}--{address}" for head, (page, address) in heads(self.env).items()},
                undivided=proper_names(Path(self.srcdir)) | _family_names(self.env) | _UNDIVIDED,
            ), static_fonts(build / "fonts"), target)
        took = time.monotonic() - started
        logger.info("The printed reader is %s: %d pages, %.1f s.", target, pages, took)

    def finish(self) -> None:
        """Only make the folder into which others copy style sheets after every HTML build."""
        Path(self.outdir, "_static").mkdir(exist_ok=True)

    def _fragment(self, docname: str) -> str:
        """The HTML of one page, its anchors prefixed, its notes and answers marked for moving."""
        doctree = self.env.get_doctree(docname)
        if docname == self.config.root_doc:
            self.subtitle = _take_subtitle(doctree)
        _leave_out_code(doctree)
        _open_dropdowns(doctree)
        _put_off_hidden_outputs(doctree)
        doctree = self.env.get_and_resolve_doctree(docname, self, doctree)
        _mark_notes(doctree)
        prefix = slug(docname) + "--"
        _prefix_anchors(doctree, prefix)
        self.post_process_images(doctree)
        self.secnumbers = {}
        self.fignumbers = {
            kind: {prefix + anchor: number for anchor, number in numbers.items()}
            for kind, numbers in self.env.toc_fignumbers.get(docname, {}).items()}
        self.current_docname = docname
        doctree.settings = self.docsettings
        self.docwriter.write(doctree, StringOutput(encoding="unicode"))
        self.docwriter.assemble_parts()
        return self.docwriter.parts["fragment"]

    def _headings(self) -> list[index.Heading]:
        """The headings of the index, from the file kept by hand."""
        path = Path(self.srcdir, index.FILE)
        if path.is_file():
            return index.read(path)
        logger.warning("the printed reader has no index: write %s", index.FILE)
        return []


def _family_names(env: Any) -> set[str]:
    """The family names of those who wrote or edited the works of the bibliography."""
    works = entries(env).values() if "cite" in env.domains else ()
    people = [person for work in works for role in work.persons.values() for person in role]
    return {word for person in people for name in person.last_names for word in re.findall(r"\w+", plain(name))}


def _leaves(entry: Entry, part: str) -> Iterator[Leaf]:
    """A page of the contents and the pages below it, with their numbers read from their titles."""
    match = _NUMBERED.fullmatch(entry.title)
    kind, number, title = match.group("kind", "number", "title") if match else ("", "", entry.title)
    yield Leaf(slug(entry.docname or ""), title, kind or "", number, part)
    for child in entry.children:
        yield from _leaves(child, part)


def _anchor(uri: str) -> str:
    """The anchor in the one document for Sphinx's "#page" or "#page#anchor"."""
    page, _, anchor = uri[1:].partition("#")
    return f"{page}--{anchor}" if anchor else page


def _take_subtitle(doctree: nodes.document) -> str:
    """The landing page begins with the book's title and subtitle; so does the title page."""
    first = next(doctree.findall(nodes.paragraph), None)
    if first is None or not all(isinstance(child, nodes.Text) for child in first):
        return ""
    first.parent.remove(first)
    return first.astext()


def _leave_out_code(doctree: nodes.document) -> None:
    """Drop code, printed text and whatever is meant for the screen alone; keep what cells show."""
    for node in list(doctree.findall(nodes.Element)):
        classes: set[str] = set(node.get("classes", ()))
        printed_text = isinstance(node, nodes.literal_block) and classes & _PRINTED_TEXT
        if (printed_text or classes & _LEFT_OUT) and node.parent:
            node.parent.remove(node)


def _open_dropdowns(doctree: nodes.document) -> None:
    """Take dropdowns apart: a self-check's answer is gathered at the end, others stand open."""
    for node in list(doctree.findall(nodes.container)):
        if node.get("design_component") != "dropdown":
            continue
        title = node[0] if node["has_title"] else nodes.rubric()
        assert isinstance(title, nodes.Element)
        body = node[1:] if node["has_title"] else node.children
        head = nodes.paragraph("", "", *title.children, classes=["dropdown-title"])
        anchors = [*node["ids"], *title["ids"]]
        if any(name.startswith("check") for name in (*node["names"], *title["names"])):
            answer = nodes.container("", *body, classes=["answer"])
            box = nodes.container("", head, answer, classes=["check"], ids=anchors)
        else:
            box = nodes.container("", head, *body, classes=["opened"], ids=anchors)
        node.replace_self(box)


def _put_off_hidden_outputs(doctree: nodes.document) -> None:
    """What a cell hides until it is asked for is printed with the answers."""
    cells = [c for c in doctree.findall(nodes.container) if c.get("hide_mode") in ("output", "all")]
    for count, cell in enumerate(cells, 1):
        title = nodes.paragraph("", _COMPARE, classes=["dropdown-title"])
        body = nodes.container("", *cell.children, classes=["answer"])
        cell.replace_self(nodes.container(
            "", title, body, classes=["check"], ids=[f"hidden-{count}"]))


def _mark_notes(doctree: nodes.document) -> None:
    """Write calls and notes in a form that survives the HTML parser, for moving to the foot."""
    numbers: dict[str, str] = {}
    for note in list(doctree.findall(nodes.footnote)):
        label = next(note.findall(nodes.label))
        note.remove(label)
        numbers.update(dict.fromkeys(note["ids"], label.astext()))
        note.replace_self(nodes.container(
            "", *note.children, ids=note["ids"][:1], classes=["note-body"]))
    for call in list(doctree.findall(nodes.footnote_reference)):
        if call.get("refid") in numbers:
            call.replace_self(nodes.inline(
                "", numbers[call["refid"]], ids=call["ids"], refid=call["refid"],
                classes=["note-call"]))
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)


def _prefix_anchors(doctree: nodes.document, prefix: str) -> None:
    """Let anchors and links say which page they belong to: in one document they would collide."""
    for node in doctree.findall(nodes.Element):
        if node.get("ids"):
            node["ids"] = [prefix + anchor for anchor in node["ids"]]
        if "refid" in node:
            node["refid"] = prefix + node["refid"]
            if "note-call" in node["classes"]:  # a class reaches the HTML, an attribute does not
                node["classes"].append("to--" + node["refid"])
        if node.get("refuri", "").startswith("#"):
            node["refuri"] = "#" + _anchor(node["refuri"])


class MarkedByComment(SphinxTransform):
    """Reads the comments ``% screen-only`` and ``% print-only`` as a class of what follows.

    That is a heading with its section, or a paragraph, list or box. A notebook shows no comment,
    where it would show a directive or an attribute as text.
    """

    default_priority = 205  # before the table of contents of the page is made

    def apply(self, **options: Any) -> None:
        for comment in list(self.document.findall(nodes.comment)):
            if comment.astext().strip() not in (SCREEN, _PAPER):
                continue
            marked = comment.next_node(nodes.Element, descend=False, siblings=True, ascend=True)
            comment.parent.remove(comment)
            if marked is not None:
                marked["classes"].append(comment.astext().strip())


def _leave_out_print(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take what is meant for paper alone out of the pages of the screen."""
    if app.builder.name != ReaderBuilder.name:
        for node in list(doctree.findall(nodes.Element)):
            if _PAPER in node.get("classes", ()) and node.parent:
                node.parent.remove(node)


def setup_reader(app: Sphinx) -> None:
    """Add the builder, say which of a cell's outputs paper takes, and what is for one medium alone."""
    app.add_builder(ReaderBuilder)
    app.add_config_value("reader_licence", "", "", str)

    def choose_outputs(app: Sphinx, config: Any) -> None:
        kinds = ("image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain")
        config.nb_mime_priority_overrides = [
            *config.nb_mime_priority_overrides,
            *(("reader", kind, 10 * rank) for rank, kind in enumerate(kinds, 1))]

    app.connect("config-inited", choose_outputs)
    app.add_transform(MarkedByComment)
    app.connect("doctree-resolved", _leave_out_print)
