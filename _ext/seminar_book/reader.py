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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.io import StringOutput
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.singlehtml import SingleFileHTMLBuilder
from sphinx.util import logging
from sphinx.util.display import progress_message

from .fonts import static_fonts

logger = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(?:(?P<kind>[A-Z]\w+) )?(?P<number>\d+)\. (?P<title>.+)", re.DOTALL)
_LEFT_OUT = {"cell_input", "toctree-wrapper", "screen-only", "tag_screen-only"}
_COMPARE = "Compare, when you have answered"
_PANGO = (
    "The printed reader needs the Pango library, which is not installed. "
    "To install it: sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


@dataclass
class Leaf:
    """One page of the web book on its way to paper."""

    docname: str
    title: str  # as in the contents, without its number
    kind: str = ""  # "" for a chapter, "Lab" for a lab, ...
    number: str = ""
    part: str = ""
    parent: str = ""  # docname of the chapter a lab belongs to
    body: str = ""  # HTML
    children: list["Leaf"] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return slug(self.docname)

    @property
    def label(self) -> str:
        """The title with its number: "4. 1921: ruin and retreat", "Lab 4. How far ..."."""
        number = f"{self.kind} {self.number}".strip()
        return f"{number}. {self.title}" if number else self.title


def slug(docname: str) -> str:
    """The prefix that keeps one page's anchors apart from another's."""
    return docname.replace("/", "-")


class ReaderBuilder(SingleFileHTMLBuilder):
    """Writes ``_build/pdf/reader.pdf``."""

    name = "reader"
    epilog = "The printed reader is %(outdir)s/../pdf/reader.pdf"
    add_permalinks = False
    search = False
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg"]  # noqa: RUF012

    def init(self) -> None:
        super().init()
        self.add_permalinks = False
        with contextlib.redirect_stdout(io.StringIO()):  # it explains itself at length
            try:
                import weasyprint  # noqa: F401
            except OSError:
                logger.error(_PANGO)
                raise SystemExit(2) from None

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return "#" + slug(docname)

    # --- from doctrees to fragments -------------------------------------------------

    def write(self, *ignored: Any) -> None:
        from . import paper

        started = time.monotonic()
        leaves = self._leaves()
        with progress_message("preparing documents"):
            self.prepare_writing({leaf.docname for leaf in leaves})
            self.imgpath = Path(self.outdir, "_images").as_uri()
        with progress_message("assembling the reader"):
            for leaf in leaves:
                leaf.body = self._fragment(leaf.docname)
            self.copy_image_files()
        with progress_message("printing the reader"):
            fonts = static_fonts(Path(self.outdir).parent / "fonts")
            target = Path(self.outdir).parent / "pdf" / "reader.pdf"
            pages = paper.print_reader(paper.Book(
                title=str(self.config.html_title or self.config.project),
                subtitle=self.config.reader_subtitle,
                author=str(self.config.author),
                language=self.config.language,
                leaves=leaves,
                moment=int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()),
                imprint=[],
                index=[],
            ), fonts, target)
        logger.info("%s: %d pages, %.1f s", target, pages, time.monotonic() - started)

    def finish(self) -> None:
        # Others copy style sheets into this folder at the end of every HTML build.
        Path(self.outdir, "_static").mkdir(exist_ok=True)

    def _leaves(self) -> list[Leaf]:
        """The pages in the order of the contents, the landing page first."""
        root = self.config.root_doc
        leaves = [Leaf(root, self.env.titles[root].astext())]

        def follow(docname: str, part: str, parent: str) -> Iterator[Leaf]:
            for tree in self.env.get_doctree(docname).findall(addnodes.toctree):
                caption = tree.get("caption") or part
                for given, child in tree["entries"]:
                    if child not in self.env.titles:
                        continue
                    title = given or self.env.titles[child].astext()
                    if match := _NUMBERED.fullmatch(title):
                        leaf = Leaf(child, match["title"], match["kind"] or "", match["number"],
                                    part=caption, parent=parent)
                    else:
                        leaf = Leaf(child, title, part=caption, parent=parent)
                    yield leaf
                    yield from follow(child, caption, child)

        leaves.extend(follow(root, "", ""))
        return leaves

    def _fragment(self, docname: str) -> str:
        """The HTML of one page, its anchors prefixed, its notes and answers marked for moving."""
        doctree = self.env.get_doctree(docname)
        _leave_out_code(doctree)
        _open_dropdowns(doctree)
        _put_off_hidden_outputs(doctree)
        doctree = self.env.get_and_resolve_doctree(docname, self, doctree)
        _mark_notes(doctree)
        prefix = slug(docname) + "--"
        _prefix_anchors(doctree, prefix, slug(docname))
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


def _classes(node: nodes.Node) -> set[str]:
    return set(node.get("classes", ())) if isinstance(node, nodes.Element) else set()


def _leave_out_code(doctree: nodes.document) -> None:
    """Drop code, printed text and whatever is meant for the screen alone; keep what cells show."""
    for node in list(doctree.findall(nodes.Element)):
        classes = _classes(node)
        plumbing = isinstance(node, nodes.literal_block) and classes & {
            "output", "stderr", "traceback"}
        if (plumbing or classes & _LEFT_OUT) and node.parent:
            node.parent.remove(node)


def _open_dropdowns(doctree: nodes.document) -> None:
    """Take dropdowns apart: a self-check's answer is gathered at the end, others stand open."""
    for node in list(doctree.findall(nodes.container)):
        if node.get("design_component") != "dropdown":
            continue
        title = node[0] if node["has_title"] else nodes.rubric()
        assert isinstance(title, nodes.Element)
        body = node[1:] if node["has_title"] else node.children
        anchors = [*node["ids"], *title["ids"]]
        names = [*node["names"], *title["names"]]
        check = any(name.startswith("check") for name in names)
        head = nodes.paragraph("", "", *title.children, classes=["dropdown-title"])
        if check:
            box = nodes.container("", head, classes=["check"], ids=anchors)
            box += nodes.container("", *body, classes=["answer"])
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
    bodies: dict[str, str] = {}
    for note in list(doctree.findall(nodes.footnote)):
        label = next(note.findall(nodes.label))
        number = label.astext()
        note.remove(label)
        anchor = note["ids"][0]
        bodies.update(dict.fromkeys(note["ids"], number))
        note.replace_self(nodes.container("", *note.children, ids=[anchor], classes=["note-body"]))
    for call in list(doctree.findall(nodes.footnote_reference)):
        if call.get("refid") in bodies:
            call.replace_self(nodes.inline(
                "", bodies[call["refid"]], classes=["note-call"], names=[], ids=call["ids"],
                refid=call["refid"]))
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)


def _prefix_anchors(doctree: nodes.document, prefix: str, page: str) -> None:
    for node in doctree.findall(nodes.Element):
        if node.get("ids"):
            node["ids"] = [prefix + anchor for anchor in node["ids"]]
        if "refid" in node:
            node["refid"] = prefix + node["refid"]
            if "note-call" in node["classes"]:
                node["classes"].append("to--" + node["refid"])
        uri = node.get("refuri", "")
        if uri.startswith("#"):
            target, _, anchor = uri[1:].partition("#")
            node["refuri"] = f"#{target}--{anchor}" if anchor else f"#{target}"


def setup_reader(app: Sphinx) -> None:
    """Add the builder, and say which of a cell's outputs paper takes."""
    app.add_builder(ReaderBuilder)
    app.add_config_value("reader_subtitle", "", "", str)

    def choose_outputs(app: Sphinx, config: Any) -> None:
        config.nb_mime_priority_overrides = [
            *config.nb_mime_priority_overrides,
            ("reader", "image/svg+xml", 10), ("reader", "image/png", 20),
            ("reader", "text/html", 30), ("reader", "text/markdown", 40),
            ("reader", "text/plain", 50)]

    app.connect("config-inited", choose_outputs)
