"""Reference pages: prints a table of the package as entries that chapters can link to.

One directive serves the chronology, the people, the bodies, the glossary and the registers:
it is told which columns to show and knows nothing of history. Every entry has a stable
address, ``<table>-<key>``. The role ``{record}`` links to one and carries its first lines along,
which a page shows beside the link.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from .citations import cite_node
from .dating import order, period, spoken
from .slips import PageRecords, keep

logger = logging.getLogger(__name__)

# Label = table.column[condition]: column, column, start/end
_LIST = re.compile(
    r"\s*(?P<label>[^=;]+?)\s*=\s*(?P<table>[\w-]+)\.(?P<key>\w+)"
    r"(?:\[(?P<on>\w+)(?P<no>!?)=(?P<value>\w+)\])?\s*:\s*(?P<shown>[^;]+?)\s*"
)
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
PACKAGE = "data/datapackage.json"
# The table whose names turn round at the head of an entry: "Lenin, Vladimir".
PERSONS = "people"
# A file of a website or an identifier, which no reader can look up: it stays in the table.
_CODE = re.compile(r"Q\d+|[a-z]+/[a-z\d_]+(?:, [a-z]+/[a-z\d_]+)*")


class Entry(NamedTuple):
    """What a link needs to know of an entry."""

    title: str
    text: str


class Entries(PageRecords):
    """The entries each page prints: ``{docname: {address: Entry}}``."""

    name = "seminar_records"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """The directive fills the record as it reads."""


class Links(PageRecords):
    """The pages from which each page takes the text of an entry."""

    name = "seminar_record_links"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        wanted = {node["address"] for node in doctree.findall(record_link)}
        if wanted:
            self.of(app.env)[app.env.docname] = wanted


def resources(root: Path) -> dict[str, dict[str, Any]]:
    """The tables of the package by name, as ``datapackage.json`` describes them."""
    package = json.loads((root / PACKAGE).read_text(encoding="utf-8"))
    return {resource["name"]: resource for resource in package["resources"]}


def rows_of(root: Path, resource: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of a table as text, in the order of the file. The gate has checked them."""
    with (root / "data" / resource["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _names(root: Path, resource: dict[str, Any]) -> dict[str, str]:
    """``{key: name}`` of a table: its key column and the column called name, title, term or question."""
    fields = [field["name"] for field in resource["schema"]["fields"]]
    key = resource["schema"]["primaryKey"]
    key = key[0] if isinstance(key, list) else key
    name = next((f for f in ("name", "title", "term", "question") if f in fields), key)
    return {row[key]: row[name] for row in rows_of(root, resource)}


def _headword(table: str, name: str) -> str:
    """An entry's name as a list in the order of the alphabet begins it."""
    given, space, last = name.rpartition(" ")
    return f"{last}, {given}" if space and table == PERSONS else name


def _keys(text: str) -> list[str]:
    return [key.strip() for key in re.split(r"[;|]", text) if key.strip()]


def _columns(text: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", text) if name]


class Records(SphinxDirective):
    """``{records} TABLE``: the rows of a table as entries.

    ``:id:`` is the column that gives the address, ``:head:`` the columns that make the heading,
    ``:text:`` the columns printed as sentences, ``:facts:`` those printed with their titles,
    ``:only:`` a condition ``column=value``, ``:by:`` the columns whose changes get a heading of
    their own (of a date, the year), ``:filter:`` columns that a reader may filter by, ``:key:``
    columns whose codes are explained first.
    ``:lists:`` adds rows of other tables that name the entry, each list as
    ``Label = table.column[condition]: date, column``, one after another with semicolons; two columns
    with a stroke between, ``start/end``, are a time. Rows stand in the order of their dates, and of
    the alphabet if they are people.
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "id": directives.unchanged_required,
        "head": _columns,
        "text": _columns,
        "facts": _columns,
        "only": directives.unchanged_required,
        "by": _columns,
        "filter": _columns,
        "key": _columns,
        "links": _columns,
        "also": _columns,
        "lists": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        root, table = Path(self.env.srcdir), self.arguments[0]
        tables = resources(root)
        self.env.note_dependency(str(root / PACKAGE))
        if table not in tables:
            self._slip(table, f"there is no such table in {PACKAGE}", tables)
            return []
        self.fields = {f["name"]: f for f in tables[table]["schema"]["fields"]}
        self.env.note_dependency(str(root / "data" / tables[table]["path"]))
        self.lists = self._lists(root, tables)
        for option in ("head", "text", "facts", "filter", "by", "key"):
            for name in self.options.get(option, []):
                if name not in self.fields:
                    self._slip(name, f"the table {table} has no such column", self.fields)
                    return []
        self.links = dict(link.split(":", 1) for link in self.options.get("links", []))
        self.names = {column: _names(root, tables[other]) for column, other in self.links.items() if other in tables}
        for column, other in self.links.items():
            if column not in self.fields or other not in tables:
                self._slip(f"{column}:{other}", "a link names a column of the table and another table", tables)
                return []
        self.also: dict[str, dict[str, list[str]]] = {}
        if wanted := self.options.get("also"):
            other, key, shown, group, people = wanted
            self.links[shown], self.names[shown] = people, _names(root, tables[people])
            for row in rows_of(root, tables[other]):
                self.also.setdefault(row[key], {}).setdefault(row[group], []).append(row[shown])
        rows = rows_of(root, tables[table])
        if condition := self.options.get("only"):
            column, _, value = condition.partition("=")
            rows = [row for row in rows if row.get(column) == value]
        rows = self._in_order(table, rows)
        here: dict[str, Entry] = Entries.of(self.env).setdefault(self.env.docname, {})
        out: list[nodes.Node] = self._key(root, tables)
        part, items = None, nodes.definition_list(classes=["records", f"records-{table}"])
        for row in rows:
            head = self._part(row)
            if head != part:
                items = nodes.definition_list(classes=["records", f"records-{table}"])
                out += [nodes.rubric("", head, classes=["records-part"])] if head else []
                part = head
            if not items.parent and items not in out:
                out.append(items)
            items += self._entry(table, row, here)
        return out or [items]

    def _in_order(self, table: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """People by surname; others by the columns of ``:by:``, dates by their days, the rest as the file has them."""
        if table == PERSONS:
            return sorted(rows, key=lambda row: _headword(table, self._said(self.options["head"][0], row)).casefold())
        by = self.options.get("by", [])
        first = {name: {row[name]: None for row in rows} for name in by}
        places = {name: {value: place for place, value in enumerate(values)} for name, values in first.items()}

        def place(row: dict[str, str]) -> list[Any]:
            return [
                order(row[name]) if self.fields[name].get("rdfType") == EDTF else places[name][row[name]] for name in by
            ]

        return sorted(rows, key=place)

    def _key(self, root: Path, tables: dict[str, dict[str, Any]]) -> list[nodes.Node]:
        """What the codes of the columns of ``:key:`` mean, from the table of codes."""
        out: list[nodes.Node] = []
        for name in self.options.get("key", []):
            self.env.note_dependency(str(root / "data" / tables["codes"]["path"]))
            told = re.search(r"codes, list ([\w -]+)", self.fields[name].get("description", ""))
            meanings = [row for row in rows_of(root, tables["codes"]) if row["list"] == (told[1] if told else name)]
            line = nodes.paragraph("", "", nodes.strong(text=f"{self.fields[name].get('title', name)}."))
            for row in meanings:
                line += [nodes.Text(" "), nodes.emphasis(text=row["code"]), nodes.Text(f": {row['meaning']}")]
            out.append(line)
        return out

    def _lists(self, root: Path, tables: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, list[str]]]]:
        """``:lists:`` read: for each label, the words of the rows that name an entry, by its key."""
        out = []
        for text in filter(None, (part.strip() for part in self.options.get("lists", "").split(";"))):
            told = _LIST.fullmatch(text)
            if not told:
                remedy = "Write it as “Label = table.column: column, column”"
                keep(self.env, text, "this cannot be read as a list of another table's rows", remedy, self.lineno)
                continue
            if told["table"] not in tables:
                self._slip(told["table"], f"there is no such table in {PACKAGE}", tables)
                continue
            resource = tables[told["table"]]
            self.env.note_dependency(str(root / "data" / resource["path"]))
            fields = {field["name"]: field for field in resource["schema"]["fields"]}
            shown = _columns(told["shown"])
            wanted = [told["key"], *filter(None, [told["on"]]), *(name for item in shown for name in item.split("/"))]
            for name in (name for name in wanted if name not in fields):
                self._slip(name, f"the table {told['table']} has no such column", fields)
            if set(wanted) - set(fields):
                continue
            names = {
                other["schema"]["primaryKey"][0]: _names(root, other)
                for other in tables.values()
                if len(other["schema"]["primaryKey"]) == 1 and other["schema"]["primaryKey"][0] in shown
            }

            def dates(row: dict[str, str], fields: dict[str, Any] = fields, wanted: list[str] = wanted) -> list[Any]:
                return [order(row[name]) for name in wanted if fields[name].get("rdfType") == EDTF]

            found: dict[str, list[str]] = {}
            for row in sorted(rows_of(root, resource), key=dates):
                if told["on"] and (row[told["on"]] == told["value"]) == bool(told["no"]):
                    continue
                date, *words = [
                    period(*(row[name] for name in item.split("/")))
                    if "/" in item
                    else spoken(row[item])
                    if fields[item].get("rdfType") == EDTF
                    else names.get(item, {}).get(row[item], row[item])
                    for item in shown
                ]
                said = ", ".join(filter(None, words)).rstrip(".").replace("?, ", "? ")
                for key in _keys(row[told["key"]]):
                    found.setdefault(key, []).append(f"{date}: {said}")
            out.append((told["label"], found))
        return out

    def _slip(self, value: str, rule: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(value, list(known), n=1)
        remedy = f"Write “{near[0]}”" if near else f"Choose one of {', '.join(known)}"
        keep(self.env, value, rule, remedy, self.lineno)

    def _part(self, row: dict[str, str]) -> str:
        return ", ".join(
            year[0] if (year := re.match(r"\d{4}", row[name])) else self._said(name, row)
            for name in self.options.get("by", [])
        )

    def _said(self, name: str, row: dict[str, str], prose: bool = False) -> str:
        """A cell in words: a date spoken, a list with commas, a yes or no; prose as it stands."""
        value = row[name].strip()
        if name in self.links:
            return ", ".join(self.names[name].get(key, key) for key in _keys(value))
        if value and self.fields[name].get("rdfType") == EDTF:
            return spoken(value)
        if prose:
            return value
        return {"true": "yes", "false": "no"}.get(value, re.sub(r"\s*[|;]\s*", ", ", value))

    def _entry(self, table: str, row: dict[str, str], here: dict[str, Entry]) -> nodes.definition_list_item:
        address = nodes.make_id(f"{table}-{row[self.options['id']]}")
        mark, *rest = filter(None, (self._said(name, row, prose=True) for name in self.options["head"]))
        title = ": ".join([mark, *rest])
        sentences = [s for name in self.options.get("text", []) if (s := self._said(name, row, prose=True))]
        here[address] = Entry(title, " ".join(sentences))
        term = nodes.term("", ids=[address])
        if rest:  # by the first of several columns an entry is found: a number, a day
            term += [nodes.inline(text=mark, classes=["mark"]), nodes.Text(": " + ": ".join(rest))]
        else:
            term += nodes.Text(_headword(table, title))
        for name in self.options.get("filter", []):
            values = re.split(r"\s*[|;,\s]\s*", row[name].strip()) if row[name].strip() else []
            term["classes"] += [f"{name}-{nodes.make_id(value)}" for value in values]
        body = nodes.definition()
        body += [nodes.paragraph(text=sentence) for sentence in sentences]
        facts = nodes.paragraph(classes=["record-facts"])
        for name in self.options.get("facts", []):
            if value := self._said(name, row):
                label = self.fields[name].get("title", name)
                facts += [nodes.Text("; " if facts.children else ""), nodes.emphasis(text=label), nodes.Text(" ")]
                facts += self._linked(name, row) if name in self.links else [nodes.Text(value)]
        for group, keys in self.also.get(row[self.options["id"]], {}).items():
            shown = self.options["also"][2]
            listed = nodes.paragraph(classes=["record-facts"])
            listed += [
                nodes.emphasis(text=group.capitalize()),
                nodes.Text(" "),
                *self._linked(shown, {shown: ";".join(keys)}),
            ]
            body += listed
        if facts.children:
            body += facts
        for label, found in self.lists:
            if words := found.get(row[self.options["id"]]):
                items = [nodes.list_item("", nodes.paragraph(text=line)) for line in words]
                body += nodes.paragraph("", "", nodes.emphasis(text=label), classes=["record-facts", "record-label"])
                body += nodes.bullet_list("", *items, classes=["record-list"])
        if row.get("source"):
            body += self._sources(row)
        item = nodes.definition_list_item("", term, body)
        self.set_source_info(item)
        return item

    def _linked(self, name: str, row: dict[str, str]) -> list[nodes.Node]:
        """The keys of a cell as links to their entries."""
        out: list[nodes.Node] = []
        for key in _keys(row[name]):
            if key in self.names[name]:
                address = nodes.make_id(f"{self.links[name]}-{key}")
                link: nodes.Node = record_link("", self.names[name][key], address=address, explicit=True, plain=True)
                self.set_source_info(link)
            else:
                link = nodes.Text(key)  # a name that is not a key: “party workers in Petrograd”
            out += [nodes.Text(", "), link] if out else [link]
        return out

    def _sources(self, row: dict[str, str]) -> nodes.paragraph:
        """The row's sources, each with its place, linked to the bibliography."""
        line = nodes.paragraph(classes=["record-source"])
        places = [place.strip() for place in row.get("locator", "").split(";")]
        for i, key in enumerate(re.split(r"[;\s]+", row["source"].strip())):
            line += nodes.Text("; " if i else "")
            line += cite_node(key, "", "records", self.env)
            if i < len(places) and places[i] and not _CODE.fullmatch(places[i]):
                line += nodes.Text(f", {places[i]}")
        return line


# --- links ---------------------------------------------------------------------------------------


class record_link(nodes.Inline, nodes.TextElement):
    """A link to an entry, until its page is known. Attributes: address, explicit."""


class record(nodes.Inline, nodes.TextElement):
    """The words of a link to an entry. Attribute: card, what a page shows beside them."""


class Record(SphinxRole):
    """``{record}`people-trotsky` `` or ``{record}`the war commissar <people-trotsky>` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = re.fullmatch(r"(.+?)\s*<([^<>]+)>", self.text, re.S)
        words, address = (found[1], found[2]) if found else ("", self.text)
        node = record_link("", words, address=nodes.make_id(address), explicit=bool(words))
        self.set_source_info(node)
        return [node], []


class ResolveRecords(SphinxPostTransform):
    """Turns each link into a reference to its entry, or says that there is none."""

    default_priority = 8

    def run(self, **options: Any) -> None:
        env = self.env
        for node in list(self.document.findall(record_link)):
            page, entry = find(env, node["address"])
            if entry is None or page is None:
                node.replace_self(nodes.inline(text=node.astext() or node["address"]))
                continue
            # A page of entries links a hundred times over: there the cards would weigh more than the text.
            card = "" if node.get("plain") else entry.text
            words = record("", node.astext() if node["explicit"] else entry.title, card=card, title=entry.title)
            link = make_refnode(self.app.builder, env.docname, page, node["address"], words)
            if card:
                link["classes"].append("record-link")
            node.replace_self(link)


def find(env: BuildEnvironment, address: str) -> tuple[str | None, Entry | None]:
    """The page and the entry at ``address``."""
    for page, entries in Entries.of(env).items():
        if address in entries:
            return page, entries[address]
    return None, None


def heads(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Page and address of every entry by its head: "Lenin, Vladimir"."""
    return {
        _headword(address.partition("-")[0], entry.title): (page, address)
        for page, entries in Entries.of(env).items()
        for address, entry in entries.items()
    }


def proper_names(root: Path) -> set[str]:
    """The words of the names of people, bodies and places."""
    tables = resources(root) if (root / PACKAGE).is_file() else {}
    named = [
        name
        for table in ("people", "bodies", "places")
        if table in tables
        for name in _names(root, tables[table]).values()
    ]
    return {word for name in named for word in re.findall(r"\w+", name) if word[0].isupper()}


def _warn_unknown(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """After every page is read: unknown addresses, and pages whose entries' texts may have changed."""
    known = {address for entries in Entries.of(env).values() for address in entries}
    stale = set()
    read: set[str] = getattr(app, "_seminar_read", set())
    for docname, wanted in Links.of(env).items():
        for address in sorted(wanted - known):
            near = difflib.get_close_matches(address, known, n=1)
            logger.warning(
                "%s: no reference page has such an entry. %s.",
                address,
                f"Write “{near[0]}”" if near else "Add it to its table or mend the address",
                location=docname,
                type="seminar",
                subtype="record",
            )
        if any(page in read for page, entries in Entries.of(env).items() if wanted & set(entries)):
            stale.add(docname)
    return sorted(stale)


def _visit_record(self: Any, node: record) -> None:
    if node["card"]:
        told = f'data-card="{self.attval(node["card"])}" data-title="{self.attval(node["title"])}"'
        self.body.append(f'<span class="record" {told}>')


def _depart_record(self: Any, node: record) -> None:
    if node["card"]:
        self.body.append("</span>")


def setup_records(app: Sphinx) -> None:
    """Connect the directive, the role and what resolves it."""
    app.add_node(record_link)
    app.add_node(record, html=(_visit_record, _depart_record))
    app.add_directive("records", Records)
    app.add_role("record", Record())
    app.add_env_collector(Entries)
    app.add_env_collector(Links)
    app.add_post_transform(ResolveRecords)
    app.connect("env-updated", _warn_unknown)
