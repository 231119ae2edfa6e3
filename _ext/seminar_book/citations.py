"""Gives sphinxcontrib-bibtex the book's Chicago notes and bibliography.

``{cite}`` takes one key and its locator: ``{cite}`carr1952{54}```. The first note of a work in
a page is full, later ones short, in the order in which the notes are called. Outside notes
(further reading) the full form stands.
"""

import difflib
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pybtex.plugin
from docutils import nodes
from pybtex.backends.plaintext import Backend as PlaintextBackend
from pybtex.database import Entry
from pybtex.richtext import Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting import BaseStyle
from pybtex_docutils import Backend as DocutilsBackend
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex import plugin
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.roles import CiteRole
from sphinxcontrib.bibtex.style.referencing import BaseReferenceStyle
from sphinxcontrib.bibtex.style.template import SphinxReferenceText, join, node

from . import bibfile, chicago
from .slips import PageRecords, Slip, keep, line_of, once, place, stop, warn

_FORMS = {"full": chicago.full, "short": chicago.short}


@node
def _reference(children: list[Any], data: dict[str, Any], form: str) -> Text:
    info = data["reference_info"]
    return _FORMS[form](data["entry"], info.post_text, lambda title: SphinxReferenceText(info, title))


@dataclass
class ChicagoNotes(BaseReferenceStyle):
    """The text of a note; its title leads to the bibliography."""

    def role_names(self) -> Iterable[str]:
        return _FORMS

    def outer(self, role_name: str, children: list[Any]) -> Any:
        return join[children]

    def inner(self, role_name: str) -> Any:
        return _reference(form=role_name if role_name in _FORMS else "full")


class ChicagoList(BaseStyle):
    """The text and order of the bibliography. Labels are the keys and are not printed."""

    def __init__(self, **options: Any) -> None:
        # pybtex's own looks up plug-ins for names, labels and order, none of which is wanted here.
        self.sort = lambda entries: sorted(entries, key=chicago.sort_key)
        self.format_labels = lambda entries: [entry.key for entry in entries]

    def format_entry(self, label: str, entry: Entry, bib_data: Any = None) -> FormattedEntry:
        """One entry; nothing can be missing, the form of the file is checked before."""
        return FormattedEntry(entry.key, chicago.listed(entry), label)


class Cite(NamedTuple):
    """One use of a work in a page.

    ``kind``: note, text (outside notes), quotation (an attribution line) or register.
    """

    key: str
    locator: str
    line: int | None
    kind: str


class OneKey(CiteRole):
    """``{cite}`` with exactly one key; what it cannot read becomes a slip, not a traceback."""

    def result_nodes(
        self, document: nodes.document, env: BuildEnvironment, node: nodes.Element, is_ref: bool
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            targets = list(parse_citation_targets(self.target))
        except ValueError:
            targets = []
        if len(targets) == 1 and not targets[0].pre:
            found, messages = super().result_nodes(document, env, node, is_ref)
            return found, messages
        rule = "a cite has one key, and its locator in braces"
        remedy = "Write {cite}`key{54}`, one role for each work, in the order you want"
        keep(env, f"{{cite}}`{self.target}`", rule, remedy, line_of(node) or self.lineno)
        return [nodes.inline(text=self.target)], []


def is_lab(docname: str) -> bool:
    """Whether the page is a lab, which JupyterLab must be able to show."""
    return docname.endswith("-lab")


def _cites(root: nodes.Node) -> Iterable[pending_xref]:
    return (xref for xref in root.findall(pending_xref) if xref.get("refdomain") == "cite")


class Cites(PageRecords):
    """The works each page cites: ``{docname: [Cite, ...]}``. Also settles full and short."""

    name = "seminar_cites"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        env = app.env
        notes = {name: note for note in doctree.findall(nodes.footnote) for name in note["ids"]}
        called = dict.fromkeys(ref.get("refid", "") for ref in doctree.findall(nodes.footnote_reference))
        ordered = [notes[name] for name in called if name in notes]
        in_notes = [xref for note in ordered for xref in _cites(note)]
        found: list[Cite] = []
        seen: set[str] = set()
        for xref in in_notes:
            cite = self._cite(env, xref, "note")
            xref["reftype"] = "short" if cite.key in seen else "full"
            seen.add(cite.key)
            found.append(cite)
        for xref in _cites(doctree):
            if xref.get("kind"):
                found.append(self._cite(env, xref, xref["kind"]))
            elif xref["reftype"] not in _FORMS:
                found.append(self._cite(env, xref, "text"))
                xref["reftype"] = "full"
        for cite in found:
            if is_lab(env.docname):
                remedy = "Give the source in plain words; JupyterLab shows the role raw"
                keep(env, f"{{cite}}`{cite.key}`", "labs cite nothing by role", remedy, cite.line)
        self.of(env).setdefault(env.docname, []).extend(found)

    @staticmethod
    def _cite(env: BuildEnvironment, xref: pending_xref, kind: str) -> Cite:
        if xref["reftype"] not in ("p", *_FORMS):
            keep(env, f"{{cite:{xref['reftype']}}}", "the book has one cite role", "Write {cite}", line_of(xref))
        target = next(iter(parse_citation_targets(xref["reftarget"])))
        return Cite(target.key, chicago.locator_text(target.post), line_of(xref), kind)


@once
def bib_places(app: Sphinx) -> dict[str, str]:
    """``{key: file:line}`` of every entry. Faults in the form of a file stop the build."""
    places: dict[str, str] = {}
    slips: list[Slip] = []
    for name in app.config.bibtex_bibfiles or []:
        keys, found = bibfile.check(Path(app.confdir) / name, name)
        places.update({key: f"{name}:{line}" for key, line in keys.items()})
        slips += found
    stop(slips)
    return places


def _check_form(app: Sphinx) -> None:
    bib_places(app)


def entries(env: BuildEnvironment) -> dict[str, Entry]:
    """The entries of the bibliography, by key."""
    return dict(env.get_domain("cite").bibdata.data.entries.items())  # type: ignore[attr-defined]


def _fingerprint(entry: Entry, anchor: str) -> str:
    """What a page that cites ``entry`` prints of it, as a digest."""
    words = map(repr, (chicago.full(entry), chicago.short(entry), anchor))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _pages_to_write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that cite an entry whose text has changed since the last build."""
    listed = env.get_domain("cite").citations  # type: ignore[attr-defined]
    anchors = {work.key: f"{work.bibliography_key.docname}#{work.citation_id}" for work in listed}
    now = {key: _fingerprint(entry, anchors.get(key, "")) for key, entry in entries(env).items()}
    before: dict[str, str] | None = getattr(env, "seminar_entries", None)
    env.seminar_entries = now  # type: ignore[attr-defined]
    if before is None:
        return []
    changed = {key for key in now.keys() | before.keys() if now.get(key) != before.get(key)}
    return [page for page, cites in Cites.of(env).items() if any(cite.key in changed for cite in cites)]


def _words_of_tables(folder: Path) -> set[str]:
    """Every cell, and every part of a cell between ; or blanks, in the tables that cite works."""
    tables = (path for path in folder.glob("*.csv") if path.name != "locators.csv")
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in tables)
    return set(re.split(r"[;,\"\s]+", text))


def _check_keys(app: Sphinx, env: BuildEnvironment) -> None:
    """Every key cited is in the file; every entry in the file is used somewhere."""
    places = bib_places(app)
    used: set[str] = set()
    slips: list[Slip] = []
    for page, cites in sorted(Cites.of(env).items()):
        for cite in cites:
            if cite.kind != "register":
                used.add(cite.key)
            if cite.key not in places:
                near = difflib.get_close_matches(cite.key, places, 1)
                remedy = f"Did you mean {near[0]}" if near else "Add the entry, or mend the key"
                slips.append(Slip(place(env, page, cite.line), cite.key, "no such key in references.bib", remedy))
    words = _words_of_tables(Path(app.srcdir, "data"))
    for key, where in places.items():
        if key not in used and key not in words:
            slips.append(
                Slip(where, key, "nothing in the book or its tables uses this entry", "Cite it or take it out")
            )
    brief: dict[str, str] = {}
    for key, entry in entries(env).items():
        words_of_note = str(chicago.short(entry))
        other = brief.setdefault(words_of_note, key)
        if other != key and key in places:
            rule = f"in short notes it reads like {other}: {words_of_note}"
            slips.append(Slip(places[key], key, rule, "Give one of them another shorttitle"))
    warn(slips)


def cite_node(key: str, locator: str, kind: str, env: BuildEnvironment) -> pending_xref:
    """A short citation for an attribution line or a table, linked to the bibliography."""
    target = f"{key}{{{locator}}}" if locator else key
    return pending_xref(
        "",
        nodes.inline(text=target),
        refdomain="cite",
        reftype="short",
        reftarget=target,
        refdoc=env.docname,
        refexplicit=False,
        refwarn=True,
        kind=kind,
    )


class UnknownKeys(SphinxPostTransform):
    """Shows a cite whose key is unknown as it was typed; the slip is reported elsewhere."""

    default_priority = 4

    def run(self, **options: Any) -> None:
        known = entries(self.env)
        for xref in list(_cites(self.document)):
            if next(iter(parse_citation_targets(xref["reftarget"]))).key not in known:
                xref.replace_self(nodes.inline(text=xref["reftarget"]))


def stop_inside(node: nodes.Element) -> None:
    """Move a comma or full stop that follows ``node`` inside the quotation mark that closes it."""
    after, texts = node.next_node(descend=False, siblings=True), list(node.findall(nodes.Text))
    if not isinstance(after, nodes.Text) or after[:1] not in (",", ".") or not texts or texts[-1][-1:] != "”":
        return
    last, mark = texts[-1], str(after[0])
    if mark == "." and node.astext()[:-1].endswith((".", "?", "!")):
        mark = ""
    inner = str(last)[:-1].removesuffix("." if mark == "," else "\0")
    last.parent.replace(last, nodes.Text(f"{inner}{mark}”"))
    after.parent.replace(after, nodes.Text(after[1:]))


class StopsInCites(SphinxPostTransform):
    """Does so after a note that ends in the title of an article."""

    default_priority = 20

    def run(self, **options: Any) -> None:
        for inline in list(self.document.findall(nodes.inline)):
            if "bibtex-citation" in inline["classes"]:
                stop_inside(inline)


class PlainList(SphinxPostTransform):
    """Makes the bibliography a list without labels: ``ul.bibliography``."""

    default_priority = 900

    def run(self, **options: Any) -> None:
        for box in list(self.document.findall(nodes.container)):
            works = [child for child in box.children if isinstance(child, nodes.citation)]
            if not works or len(works) < len(box.children):
                continue
            items = [
                nodes.list_item(
                    "", *(part for part in work.children if not isinstance(part, nodes.label)), ids=work["ids"]
                )
                for work in works
            ]
            box.replace_self(nodes.bullet_list("", *items, classes=["bibliography"]))


def setup_citations(app: Sphinx) -> None:
    """Register both styles, the role and the checks; needs sphinxcontrib-bibtex."""
    app.setup_extension("sphinxcontrib.bibtex")
    plugin.register_plugin("sphinxcontrib.bibtex.style.referencing", "chicago_notes", ChicagoNotes, force=True)
    pybtex.plugin.register_plugin("pybtex.style.formatting", "chicago_list", ChicagoList, force=True)
    # Both are asked for at every citation; named here, they are found without a search of all packages.
    pybtex.plugin.register_plugin("pybtex.backends", "plaintext", PlaintextBackend, force=True)
    pybtex.plugin.register_plugin("pybtex.backends", "docutils", DocutilsBackend, force=True)
    app.add_role("cite", OneKey(), override=True)
    app.add_env_collector(Cites)
    app.add_post_transform(UnknownKeys)
    app.add_post_transform(StopsInCites)
    app.add_post_transform(PlainList)
    app.connect("builder-inited", _check_form, priority=100)
    app.connect("env-updated", _check_keys, priority=600)
    app.connect("env-updated", _pages_to_write_again, priority=600)
