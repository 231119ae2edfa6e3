"""Shows a lab's figure again in a chapter, beside the sentences that read it.

``{lab-figure} fig-income`` prints the figure's head, drawing, caption and source. Its number, data
and long description stay in the lab, where the words under the caption lead.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from markdown_it import MarkdownIt
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .figures import Charts, drawings, head
from .freshness import out_of_date
from .reader import SCREEN
from .slips import PageRecords, Slip, place, warn

#: A caption is Markdown, as in the lab.
_WORDS = MarkdownIt("commonmark", {"typographer": True}).enable(["replacements", "smartquotes"])


class shown(nodes.General, nodes.Element):
    """A figure shown again. Attribute: name. Its child leads to the lab."""


class Shown(PageRecords):
    """The figures that each page shows again, with their lines: ``{docname: {name: line}}``."""

    name = "seminar_shown"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        if found := {node["name"]: node.line for node in doctree.findall(shown)}:
            self.of(app.env)[app.env.docname] = found


class LabFigure(SphinxDirective):
    """``{lab-figure} name``: a figure of a lab, shown in a chapter."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        [name] = self.arguments
        number = pending_xref(
            refdomain="std", reftype="numref", reftarget=name, refdoc=self.env.docname, refexplicit=False, refwarn=False
        )
        number += nodes.literal("", name, classes=["xref", "std", "std-numref"])
        node = shown(name=name)
        data = nodes.inline(text=", with its data", classes=[SCREEN])  # paper shows none
        node += nodes.paragraph("", "", nodes.Text("From the lab: "), number, data, nodes.Text("."))
        self.set_source_info(node)
        return [node]


def _find(env: BuildEnvironment, name: str) -> tuple[str, str, dict[str, Any]] | None:
    """Page, key and contents of the figure called ``name``."""
    charts = ((page, key, item) for page, items in Charts.of(env).items() for key, item in items.items())
    return next((found for found in charts if found[2]["name"] == name), None)


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    rule, remedy = "no lab draws a figure of this name", "Mend the name, or take the directive out"
    warn(
        Slip(place(env, page, line), name, rule, remedy)
        for page, names in sorted(Shown.of(env).items())
        for name, line in names.items()
        if not _find(env, name)
    )


def _write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """A page that shows a figure is written again when the figure's lab was read again."""
    homes = {page: {found[0] for name in names if (found := _find(env, name))} for page, names in Shown.of(env).items()}
    return out_of_date(app, homes)


def _visit(self: Any, node: shown) -> None:
    found = _find(self.builder.env, node["name"])
    if not found:
        raise nodes.SkipNode  # reported already
    _, key, item = found
    layout = item["spec"]["layout"]
    # In print the lab's own drawing stands in the same document: each has its own identifiers.
    drawn = drawings(self.builder, key, item["alt"]).replace(f"f{key[:6]}", f"g{key[:6]}")
    caption = _WORDS.renderInline(item["caption"])
    self.body.append(f'<figure class="chart shown">{head(layout)}{drawn}<figcaption><p>{caption}</p>')
    self.context.append(f'<p class="chart-source">Source: {escape(item["source"])}</p></figcaption></figure>')


def _depart(self: Any, node: shown) -> None:
    self.body.append(self.context.pop())


def setup_shown(app: Sphinx) -> None:
    """Register the directive and what keeps it true."""
    app.add_env_collector(Shown)
    app.add_directive("lab-figure", LabFigure)
    app.add_node(shown, html=(_visit, _depart))
    app.connect("env-updated", _check, priority=650)
    app.connect("env-updated", _write_again)
