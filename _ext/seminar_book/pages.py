"""What surrounds a page's text: contents, kicker, neighbours, tools, style sheets and scripts.

The theme's own style sheets and scripts (2 MB a page) are left out. ``_templates/layout.html``
lays the page out, ``_static/book.css`` is all its style, ``_static/book.js`` all its behaviour.
"""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from .fonts import font_faces, web_fonts

logger = logging.getLogger(__name__)

# What a page loads, in order; the search page also loads Sphinx's search.
STYLES = ("fonts.css", "book.css", "figures.css")
SCRIPTS = ("book.js", "figures.js")
SEARCH_SCRIPTS = (
    *("documentation_options.js", "doctools.js", "sphinx_highlight.js"),
    *("language_data.js", "searchtools.js"),
)
_UNUSED_CLASS = re.compile(r' class="(?:reference (?:in|ex)ternal|row-(?:odd|even))"')
_CITATION = re.compile(r'<span class="bibtex-citation">((?:(?!</?span\b).)*)</span>', re.DOTALL)
_ONE_LINE_CELL = re.compile(r"<(td[^>]*)><p>((?:(?!</?(?:p|td)\b).)*)</p></td>", re.DOTALL)
_PLAIN_CODE = re.compile(r'<code class="docutils literal notranslate"><span class="pre">([^<]*)</span></code>')
# Code is coloured by four kinds of word (book.css); the lexer marks forty, at a third of a
# lab's weight.
_UNCOLOURED = re.compile(r'<span class="(?!(?:k|kn|kc|ow|c1|cm|sd|s1|s2|sa|si|se|mi|mf)")[a-z0-9]{1,3}">([^<]*)</span>')


@dataclass(frozen=True)
class Entry:
    """A line of the contents. Without a page (``docname`` None) the text is still to come."""

    title: str
    docname: str | None = None
    children: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """A part of the book, by its caption in ``_toc.yml``."""

    caption: str
    entries: list[Entry]


def contents(env: BuildEnvironment, to_come: dict[str, list[str]]) -> list[Part]:
    """The book's parts in order: the pages of ``_toc.yml``, and the titles still to come.

    ``to_come`` maps a part's caption to titles that begin with their chapter's number, by
    which they are put among the pages; a part without pages stands where its numbers belong.
    """
    site = env.config.external_site_map

    def entry(docname: str) -> Entry:
        docname = docname.removesuffix(".md")
        page = site[docname]
        title = page.title or env.titles[docname].astext()
        return Entry(title, docname, [entry(child) for child in page.child_files()])

    parts = [Part(t.caption or "", [entry(f) for f in t.files()]) for t in site.root.subtrees]
    for caption, titles in to_come.items():
        written = next((part for part in parts if part.caption == caption), None)
        if written is None:
            parts.append(written := Part(caption, []))
        written.entries.extend(map(Entry, titles))

    for part in parts:
        part.entries.sort(key=_number)
    return sorted(parts, key=lambda part: min(map(_number, part.entries), default=float("inf")))


def _number(entry: Entry) -> float:
    """A chapter's number; infinity for a page that has none, so that it comes last."""
    found = re.match(r"\d+", entry.title)
    return int(found[0]) if found else float("inf")


def _flat(entries: list[Entry]) -> list[Entry]:
    return [e for entry in entries for e in (entry, *_flat(entry.children)) if e.docname]


def _update_contents(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Every page shows the contents: when a title changes, write them all again."""
    now = contents(env, app.config.chapters_to_come)
    before = getattr(env, "seminar_contents", None)
    env.seminar_contents = now  # type: ignore[attr-defined]
    entries = [entry for part in now for entry in part.entries]
    written = {_number(entry) for entry in entries if entry.docname}
    for entry in entries:
        if entry.docname is None and _number(entry) in written:
            config = Path(app.srcdir, "_config.yml").read_text(encoding="utf-8")
            line = config.partition(entry.title)[0].count("\n") + 1
            rule = "chapters_to_come: '%s' is written, its number stands in _toc.yml. Take this title out."
            logger.warning(rule, entry.title, location=f"_config.yml:{line}")
    return [] if before in (None, now) else sorted(env.found_docs)


def _head_notes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give the notes a heading, and their place at the end of the page."""
    notes = list(doctree.findall(nodes.footnote))
    if app.builder.name != "html" or not notes:
        return
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)
    section = nodes.section(ids=["notes"], classes=["notes"])
    section += nodes.title(text="Notes")
    for note in notes:
        note.parent.remove(note)
        section += note
    next(doctree.findall(nodes.section)).append(section)


def _description(doctree: nodes.document) -> str:
    """The first sentences of the page, at most 160 characters, for search engines."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            copy = paragraph.deepcopy()
            for mark in list(copy.findall(nodes.footnote_reference)):
                mark.parent.remove(mark)
            text = " ".join(copy.astext().split())
            return text if len(text) <= 160 else text[:159].rsplit(" ", 1)[0] + "…"
    return ""


def _headings(doctree: nodes.document) -> list[tuple[str, str]]:
    """(anchor, title) of the page's sections of the second level."""
    page = next(doctree.findall(nodes.section), None)
    sections = [n for n in page.children if isinstance(n, nodes.section)] if page else []
    return [(s["ids"][0], next(s.findall(nodes.title)).astext()) for s in sections]


def _tools(app: Sphinx, pagename: str) -> dict[str, str]:
    """Addresses that need the public repository, none if ``repository.url`` is empty."""
    options = app.config.html_theme_options
    url = str(options.get("repository_url") or "").rstrip("/")
    if not url or pagename not in app.env.found_docs:
        return {}
    branch = options.get("repository_branch") or "main"
    path = app.env.doc2path(pagename, base=False)
    inside = "/".join(filter(None, [str(options.get("path_to_docs") or "").strip("/"), path]))
    tools = {"edit": f"{url}/edit/{branch}/{inside}", "issue": f"{url}/issues/new?title={path}"}
    if _is_lab(app.env, pagename):
        place = url.removeprefix("https://github.com/")
        tools["binder"] = f"https://mybinder.org/v2/gh/{place}/{branch}?urlpath=lab/tree/{inside}"
    return tools


def _is_lab(env: BuildEnvironment, pagename: str) -> bool:
    return "kernelspec" in env.metadata.get(pagename, {})


def _place(parts: list[Part], home: Entry, pagename: str) -> dict[str, Any]:
    """Where a page stands in the book: its part, its number, its neighbours, its partner."""
    order = [home, *_flat([entry for part in parts for entry in part.entries])]
    at = next((i for i, entry in enumerate(order) if entry.docname == pagename), None)
    if at is None:
        return {}
    here = order[at]
    part = next((p.caption for p in parts if here in _flat(p.entries)), "")
    above = next((entry for entry in order if here in entry.children), None)
    return {
        "page_title": here.title,
        "part": part,
        "kicker": _kicker(here),
        "previous_page": order[at - 1] if at else None,
        "next_page": order[at + 1] if at + 1 < len(order) else None,
        "partners": [(_kicker(e) or e.title, e.docname) for e in [above, *here.children] if e],
    }


def _kicker(entry: Entry) -> str:
    """Read off a title in the contents: "Chapter 4", "Lab 4", or nothing for other pages."""
    found = re.match(r"(?P<chapter>\d+)\. |(?P<lab>Lab \d+)\. ", entry.title)
    return (found["lab"] or f"Chapter {found['chapter']}") if found else ""


def _trim(body: str) -> str:
    """Take out what is written into a page's text and serves no reader."""
    # This label of myst-nb's hides the words that are seen on folded code.
    body = body.replace(' aria-label="Toggle hidden content"', "")
    body = _UNUSED_CLASS.sub("", body)
    body = _CITATION.sub(r"\1", body)
    body = _PLAIN_CODE.sub(r"<code>\1</code>", body)
    body = _ONE_LINE_CELL.sub(r"<\1>\2</td>", body)
    return re.sub(r"<pre>.*?</pre>", lambda code: _UNCOLOURED.sub(r"\1", code[0]), body, flags=re.DOTALL)


def _surround(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Hand the layout all that it prints around the text."""
    parts: list[Part] = getattr(app.env, "seminar_contents", [])
    scripts = (*SEARCH_SCRIPTS, *SCRIPTS) if pagename == "search" else SCRIPTS
    body = context.get("body", "")
    has_figure = 'class="chart-head"' in body
    home = Entry(app.config.html_title, app.config.root_doc)
    context.update({"page_title": context.get("title", "")} | _place(parts, home, pagename))
    context.update(
        parts=parts,
        body=_trim(body),
        description=_description(doctree) if doctree else "",
        headings=_headings(doctree) if doctree else [],
        tools=_tools(app, pagename),
        lab_source=f"{pagename}.md" if _is_lab(app.env, pagename) else "",
        default_mode="auto",
        styles=[s for s in STYLES if has_figure or s != "figures.css"],
        scripts=[s for s in scripts if 'class="chart-live"' in body or s != "figures.js"],
        look=app.config.seminar_looks,
        css_files=[],
        script_files=[],
    )


def _write_assets(app: Sphinx, error: Exception | None) -> None:
    """Put the fonts and the labs' sources beside the pages; drop what no page loads."""
    if error or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    fonts = web_fonts(Path(app.doctreedir).parent / "fonts")
    shutil.rmtree(static / "fonts", ignore_errors=True)
    (static / "fonts").mkdir(parents=True)
    for path in fonts.values():
        shutil.copyfile(path, static / "fonts" / path.name)
    (static / "fonts.css").write_text(font_faces(fonts, "fonts"), encoding="utf-8")
    ours = {path.name for path in (Path(app.srcdir) / "_static").iterdir()}
    kept = {*STYLES, *SCRIPTS, *SEARCH_SCRIPTS, "fonts", *ours}
    for path in static.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for docname in app.env.found_docs:
        if _is_lab(app.env, docname):
            target = Path(app.outdir) / f"{docname}.md"
            shutil.copyfile(app.env.doc2path(docname), target)


def _offer_reader(app: Sphinx, error: Exception | None) -> None:
    """Link the printed reader from the first page while it is as new as what it prints.

    Works after either build, in either order, because it only fills or empties the place
    that the layout leaves for the link.
    """
    if error or app.builder.name not in ("html", "reader"):
        return
    build = Path(app.doctreedir).parent
    page, printed = build / f"html/{app.config.root_doc}.html", build / "pdf/reader.pdf"
    offered = page.with_name("reader.pdf")
    if not page.exists():
        return
    root = Path(app.srcdir)
    sources = [Path(app.env.doc2path(name)) for name in app.env.found_docs]
    sources += [root / "references.bib", *root.glob("data/*")]
    if printed.exists() and printed.stat().st_mtime >= max(s.stat().st_mtime for s in sources):
        shutil.copyfile(printed, offered)
        size = f"{printed.stat().st_size / 1e6:.1f} MB"
        link = f'<a class="button" href="{offered.name}">Print the reader (PDF, {size})</a>'
    else:
        offered.unlink(missing_ok=True)
        link = ""
    before = page.read_text(encoding="utf-8")
    after = re.sub(r"(<!-- reader -->).*?(<!-- /reader -->)", rf"\g<1>{link}\g<2>", before)
    if after != before:
        page.write_text(after, encoding="utf-8")


def _forget_lost_words(app: Sphinx) -> list[Any]:
    """Drop from the search index the words that no page has any more, which Sphinx keeps for ever."""
    index = getattr(app.builder, "indexer", None)
    for words in (index._mapping, index._title_mapping) if index else ():
        for word in [word for word, pages in words.items() if not pages]:
            del words[word]
    return []


def setup_pages(app: Sphinx) -> None:
    """Connect the steps that dress a page."""
    app.add_config_value("chapters_to_come", {}, "html", dict)
    app.connect("env-updated", _update_contents)
    app.connect("doctree-resolved", _head_notes)
    app.connect("html-page-context", _surround, priority=950)
    app.connect("html-collect-pages", _forget_lost_words)  # after the pages, before the index is written
    app.connect("build-finished", _write_assets, priority=900)
    app.connect("build-finished", _offer_reader, priority=950)
