"""The codebook: every table of the package described from the package itself, with its file."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import only
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .dating import spoken
from .records import EDTF, PACKAGE, resources, rows_of

ARCHIVE = "data.zip"
# Columns of many tables: where so many say it in the same words, it is told once, at the head.
COMMON = ("source", "locator", "known", "status", "conflict", "note")
_MANY = 4


class Codebook(SphinxDirective):
    """``{codebook}``: a section a table, in the order of the package."""

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / PACKAGE))
        everything = nodes.paragraph("", "", self._download(ARCHIVE, "Download all tables with the bibliography (ZIP)"))
        tables = resources(root)
        said = Counter(_said(field) for table in tables.values() for field in table["schema"]["fields"])
        self.common = {pair for pair, count in said.items() if pair[0] in COMMON and count >= _MANY}
        told = dict(pair for pair, _ in reversed(said.most_common()) if pair in self.common)
        shared = [["Column of many tables", "What it holds"], *([name, told[name]] for name in COMMON if name in told)]
        out: list[nodes.Node] = [everything, _table(shared, (20, 80))]
        for name, resource in tables.items():
            self.env.note_dependency(str(root / "data" / resource["path"]))
            out += self._table(name, resource, rows_of(root, resource))
        return out

    def _table(self, name: str, resource: dict[str, Any], rows: list[dict[str, str]]) -> list[nodes.Node]:
        section = nodes.section(ids=[f"table-{nodes.make_id(name)}"])
        self.set_source_info(section)
        section += nodes.title(text=resource.get("title", name))
        section += self._summary(resource, rows)
        section += nodes.paragraph(text=resource["description"])
        section += self._columns(resource, rows)
        return [section]

    def _summary(self, resource: dict[str, Any], rows: list[dict[str, str]]) -> nodes.paragraph:
        """The file, its rows, the time covered, status and licence."""
        line = nodes.paragraph(classes=["codebook-summary"])
        file = f"data/{resource['path']}"
        line += [self._download(resource["path"], file), only("", nodes.literal(text=file), expr="builder_reader")]
        said = [f"{len(rows):,} rows"]
        dated = next((f["name"] for f in resource["schema"]["fields"] if f.get("rdfType") == EDTF), None)
        years = sorted(row[dated][:4] for row in rows if dated and row[dated][:4].isdigit())
        if years:
            said.append(spoken(f"{years[0]}/{years[-1]}") if years[0] != years[-1] else years[0])
        if rows and "status" in rows[0]:
            counts = {s: sum(row["status"] == s for row in rows) for s in dict.fromkeys(row["status"] for row in rows)}
            said.append(", ".join(f"{count:,} {status}" for status, count in counts.items()))
        said += [licence["title"] for licence in resource.get("licenses", []) if licence.get("title")]
        line += nodes.Text(f": {'; '.join(said)}.")
        return line

    def _download(self, name: str, words: str) -> only:
        """A link to a file of the built site. Print has no use for it."""
        up = "../" * self.env.docname.count("/")
        link = nodes.raw("", f'<a href="{up}data/{name}" download>{words}</a>', format="html")
        return only("", link, expr="not builder_reader")

    def _columns(self, resource: dict[str, Any], rows: list[dict[str, str]]) -> list[nodes.Node]:
        """One row a column: its name, what it holds, its type, how many rows fill it."""
        table = [["Column", "What it holds", "Type", "Filled"]]
        common = []
        for field in resource["schema"]["fields"]:
            if _said(field) in self.common:
                common.append(field["name"])
                continue
            kind = "date (EDTF)" if field.get("rdfType") == EDTF else field["type"]
            filled = sum(bool(row.get(field["name"])) for row in rows)
            share = "all" if filled == len(rows) else f"{filled:,}"
            table.append([field["name"], _said(field)[1], kind, share])
        out: list[nodes.Node] = [_table(table, (18, 56, 14, 8))]
        if common:
            also = nodes.paragraph("", "Also ", classes=["codebook-summary"])
            for place, name in enumerate(common):
                also += [nodes.Text(", " if place else ""), nodes.literal(text=name)]
            also += nodes.Text(", as at the head of the page.")
            out.append(also)
        return out


def _said(field: dict[str, Any]) -> tuple[str, str]:
    """A column's name and what is said of it."""
    return field["name"], field.get("description", field.get("title", ""))


def _table(rows: list[list[str]], widths: tuple[int, ...]) -> nodes.table:
    """A table with a head; the first column is set as code."""
    group = nodes.tgroup(cols=len(widths))
    group += [nodes.colspec(colwidth=width) for width in widths]
    head, body = nodes.thead(), nodes.tbody()
    for i, cells in enumerate(rows):
        entries = [nodes.entry("", nodes.paragraph("", "", _cell(j, text, i))) for j, text in enumerate(cells)]
        (body if i else head).append(nodes.row("", *entries))
    group += [head, body]
    return nodes.table("", group, classes=["codebook"])


def _cell(column: int, text: str, row: int) -> nodes.Node:
    return nodes.literal(text=text) if column == 0 and row else nodes.Text(text)


def _copy_tables(app: Sphinx, error: Exception | None) -> None:
    """Put the tables beside the pages, one by one and as one archive, the same at every build."""
    if error or app.builder.name != "html":
        return
    source, target = Path(app.srcdir, "data"), Path(app.outdir, "data")
    target.mkdir(parents=True, exist_ok=True)
    files = sorted(p for p in source.iterdir() if p.suffix in {".csv", ".json", ".md"})
    for path in files:
        shutil.copyfile(path, target / path.name)
    with zipfile.ZipFile(target / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*files, source.parent / "references.bib"]:
            info = zipfile.ZipInfo(f"the-machine-and-the-hand/{'data/' if path.parent == source else ''}{path.name}")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())


def setup_codebook(app: Sphinx) -> None:
    """Connect the directive and the copies."""
    app.add_directive("codebook", Codebook)
    app.connect("build-finished", _copy_tables)
