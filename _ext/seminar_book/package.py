"""Reads the data package as files and asks Frictionless about it.

What comes out is tables of text cells that know their place, and slips: what is wrong, where, by which rule,
and how to mend it. What the tables *mean* is judged in ``evidence``.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

DESCRIPTOR = "data/datapackage.json"
NAME = "the-machine-and-the-hand"  # by which the labs know the package
TYPES = ("string", "integer", "number", "boolean")


@dataclass(frozen=True)
class Slip:
    """One thing to mend. ``line`` counts lines of the file, ``row`` rows of data below the header."""

    file: str
    line: int = 0
    row: int = 0
    column: str = ""
    value: str | None = None
    rule: str = ""
    remedy: str = ""

    def order(self) -> tuple[str, int, int, str, str]:
        """By place, then by message."""
        return self.file, self.line, self.row, self.column, str(self)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        place += f" (row {self.row})" if self.row else ""
        place += f", column {self.column}" if self.column else ""
        value = "" if self.value is None else f'"{short(self.value)}" '
        return short(f"{place}: {value}{self.rule} {self.remedy}", 1000)


class Unreadable(Exception):
    """A file in which nothing further can be judged; its one argument is the slip."""


@dataclass
class Table:
    """One CSV as read: cells as text, and the line on which each row begins."""

    resource: dict[str, Any]
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    torn: set[int]  # numbers of the rows with too few or too many cells

    @property
    def file(self) -> str:
        """Path below the root of the project."""
        return f"data/{self.resource['path']}"

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The fields of the schema."""
        return self.resource["schema"]["fields"]

    def slip(self, row: int, column: str, value: str | None, rule: str, remedy: str) -> Slip:
        """A slip in data row ``row``, counted from 1; 0 is the header."""
        line = self.lines[row - 1] if 0 < row <= len(self.lines) else 1
        return Slip(self.file, line, row, column, value, rule, remedy)

    def cells(self, column: str) -> Iterator[tuple[int, str]]:
        """Number and text of each cell of ``column`` that is not empty, in rows that are whole."""
        if self.header.count(column) == 1:
            at = self.header.index(column)
            yield from ((n, row[at]) for n, row in self._whole() if row[at])

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Number and cells by name of each row that is whole."""
        return ((n, dict(zip(self.header, row, strict=True))) for n, row in self._whole())

    def _whole(self) -> Iterator[tuple[int, list[str]]]:
        return ((n, row) for n, row in enumerate(self.rows, 1) if n not in self.torn)


# ---------------------------------------------------------------- files


def read_package(files: dict[str, bytes]) -> tuple[list[dict[str, Any]], dict[str, Table], list[Slip]]:
    """The resources described, the tables that could be read (by name), and all slips of structure.

    ``files`` holds the contents of ``data/`` by path.
    """
    try:
        descriptor, text = _read_descriptor(files)
    except Unreadable as problem:
        return [], {}, [problem.args[0]]
    slips = list(_ask_about_descriptor(descriptor))
    if descriptor.get("name") != NAME:
        rule = f'The package is not called "{NAME}", by which the labs know it.'
        slips.append(Slip(DESCRIPTOR, 1, rule=rule, remedy="Give it that name."))
    resources: list[dict[str, Any]] = []
    for number, entry in enumerate(descriptor["resources"], 1):
        if problem_found := _problem(entry, resources):
            name = entry.get("name", number) if isinstance(entry, dict) else number
            rule = f"Table {name}: {problem_found}"
            slips.append(Slip(DESCRIPTOR, _line_of(text, name), rule=rule, remedy="Mend its entry."))
        else:
            resources.append(entry)
    tables: dict[str, Table] = {}
    for resource in resources:
        try:
            table = _read_table(resource, files, slips)
        except Unreadable as problem:
            slips.append(problem.args[0])
        else:
            tables[resource["name"]] = table
            slips += _raw_slips(table)
    if len(resources) == len(descriptor["resources"]):
        slips += _loose_ends(resources, files, text)
    return resources, tables, [*slips, *_ask_about_tables(tables)]


def _loose_ends(resources: list[dict[str, Any]], files: dict[str, bytes], text: str) -> Iterator[Slip]:
    """Tables that nothing describes, and keys into tables that are not there."""
    described = {f"data/{resource['path']}" for resource in resources}
    for file in sorted(set(files) - described):
        if file.endswith(".csv"):
            yield Slip(file, rule="The table is not described.", remedy=f"Describe it in {DESCRIPTOR} or delete it.")
    names = {resource["name"] for resource in resources}
    for resource in resources:
        for key in resource["schema"].get("foreignKeys", []):
            target = _target(key) or resource["name"]
            if target not in names:
                rule = f"Table {resource['name']}: its foreign key leads to a table {target}, which is not described."
                line = _line_of(text, resource["name"])
                yield Slip(DESCRIPTOR, line, rule=rule, remedy=f"Mend the key.{hint(target, names)}")


def _target(key: dict[str, Any]) -> str:
    """Name of the table a foreign key leads to; empty for the table itself."""
    return key["reference"].get("resource", "")


def decode(file: str, content: bytes) -> str:
    """The text of a file in UTF-8. Raises Unreadable."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        rule = f"Byte {content[error.start]:#04x} is not UTF-8: the file was saved in another encoding."
        raise Unreadable(Slip(file, line, rule=rule, remedy="Save the file as UTF-8.")) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        rule = "A zero byte stands in the text."
        raise Unreadable(Slip(file, line, rule=rule, remedy="Save the file as plain UTF-8."))
    return text


def _read_descriptor(files: dict[str, bytes]) -> tuple[dict[str, Any], str]:
    """``datapackage.json`` with at least a list of resources, and its text. Raises Unreadable."""
    if DESCRIPTOR not in files:
        raise Unreadable(
            Slip(DESCRIPTOR, rule="The file is missing.", remedy="Bring it back: it describes every table.")
        )
    text = decode(DESCRIPTOR, files[DESCRIPTOR])
    line, rule = 1, "The file is not JSON"
    try:
        descriptor = json.loads(text)
    except json.JSONDecodeError as error:
        line, rule = error.lineno, f"{rule}: {error.msg[:1].lower()}{error.msg[1:]} at character {error.colno}"
    except (RecursionError, ValueError):
        pass
    else:
        if isinstance(descriptor, dict) and isinstance(descriptor.get("resources"), list) and descriptor["resources"]:
            return descriptor, text
        rule = 'The file has no list "resources", with one entry a table'
    raise Unreadable(Slip(DESCRIPTOR, line, rule=f"{rule}.", remedy="Mend that line or the one above it."))


def _problem(entry: Any, before: list[dict[str, Any]]) -> str:
    """What keeps an entry of the descriptor from being read, or nothing."""
    try:
        name, path, rows, schema = entry["name"], entry["path"], entry.get("rows"), entry["schema"]
        fields = [
            (f["name"], f.get("type", "string"), f.get("constraints", {}).get("enum", [])) for f in schema["fields"]
        ]
        targets = [_target(key) for key in schema.get("foreignKeys", [])]
    except (TypeError, KeyError, AttributeError) as error:
        what = f" ({error} is missing)" if isinstance(error, KeyError) else ""
        return f"the entry needs a name, a path and a schema with named fields{what}."
    texts = [name, path, *targets, *(f[0] for f in fields), *(f[1] for f in fields)]
    if (
        not fields
        or not all(isinstance(text, str) for text in texts)
        or not all(isinstance(f[2], list) for f in fields)
    ):
        return "names, paths and types are words, codes are lists."
    if not re.fullmatch(r"[a-z0-9-]+\.csv", path):
        return f'"{path}" is not the plain name of a CSV in data/.'
    if any(name == other["name"] or path == other["path"] for other in before):
        return "its name or its path stands twice."
    if odd := [f"{f[0]} ({f[1]})" for f in fields if f[1] not in TYPES]:
        return f"types are {', '.join(TYPES)}, not {odd[0]}; a date is a string in EDTF."
    if len({f[0] for f in fields}) < len(fields):
        return "two fields have the same name."
    if rows is not None and (type(rows) is not int or rows < 0):
        return '"rows" is the number of rows, by which a file cut short is found out.'
    alike = next((o for o in before if o["name"].startswith("economy-") and name.startswith("economy-")), None)
    if alike and alike["schema"] != schema:
        return f"its schema differs from that of {alike['name']}; the economy tables are read as one."
    return ""


def _read_table(resource: dict[str, Any], files: dict[str, bytes], slips: list[Slip]) -> Table:
    """One CSV; a byte order mark or a torn end is added to ``slips``. Raises Unreadable for worse."""
    file = f"data/{resource['path']}"
    if file not in files:
        remedy = f"Bring it back, or take it out of {DESCRIPTOR}."
        raise Unreadable(Slip(file, rule="The file is missing.", remedy=remedy))
    text = decode(file, files[file])
    if text.startswith("\ufeff"):
        rule = "The file begins with a byte order mark."
        slips.append(Slip(file, 1, rule=rule, remedy="Save it as UTF-8 without one."))
        text = text[1:]
    if not text.strip():
        remedy = "Bring its rows back; a table without rows still has a header."
        raise Unreadable(Slip(file, rule="The file is empty.", remedy=remedy))
    if not text.endswith("\n"):
        rule = "The last line has no end: the file may be cut short."
        remedy = "Look whether anything is missing; if not, end the line."
        slips.append(Slip(file, text.count("\n") + 1, rule=rule, remedy=remedy))
    records, lines, begun = [], [], 1
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            records.append(record)
            lines.append(begun)
            begun = reader.line_num + 1
    except csv.Error as error:
        remedy = "Close each quotation mark that is opened, and write one inside a cell twice."
        raise Unreadable(Slip(file, begun, rule=f"The row is not CSV: {error}.", remedy=remedy)) from None
    header, *rows = records
    torn = {number for number, row in enumerate(rows, 1) if len(row) != len(header)}
    return Table(resource, header, rows, lines[1:], torn)


def _raw_slips(table: Table) -> Iterator[Slip]:
    """Columns and rows that are missing, too many or torn; blanks around cells."""
    names = [f["name"] for f in table.fields]
    for at, name in enumerate(names):
        if name not in table.header:
            yield table.slip(
                0, name, None, "The column is missing.", f"Add it after {names[at - 1]}." if at else "Add it."
            )
    for name in dict.fromkeys(table.header):
        if name not in names:
            yield table.slip(0, name, name, "is no column of this table.", f"The header is {','.join(names)}")
        elif table.header.count(name) > 1:
            yield table.slip(0, name, name, "names two columns.", f"The header is {','.join(names)}")
    if table.header != names and sorted(table.header) == sorted(names):
        yield table.slip(0, "", None, "The columns stand in another order.", f"The header is {','.join(names)}")
    for number in sorted(table.torn):
        cells = len(table.rows[number - 1])
        rule, remedy = "The row is empty.", "Delete it."
        if cells:
            rule = f"The row has {cells} cells, the header {len(table.header)}."
            remedy = "Put text with commas in quotation marks, or add the cells that are missing."
        yield table.slip(number, "", None, rule, remedy)
    for column in dict.fromkeys(table.header):
        for number, cell in table.cells(column):
            if cell != cell.strip():
                yield table.slip(number, column, cell, "begins or ends with a blank.", "Take it away.")
    said = table.resource.get("rows", len(table.rows))
    if said != len(table.rows):
        rule = f"The file has {len(table.rows)} rows, {DESCRIPTOR} says {said}."
        remedy = f'If rows were lost, bring them back; else write "rows": {len(table.rows)} there.'
        yield Slip(table.file, rule=rule, remedy=remedy)


# ---------------------------------------------------------------- Frictionless


def _ask_about_descriptor(descriptor: dict[str, Any]) -> Iterator[Slip]:
    """What Frictionless finds wrong with the descriptor as such."""
    from frictionless import Package

    try:
        notes = [error.note for error in Package.validate_descriptor(descriptor, basepath="data").errors]
    except Exception as error:  # whatever a damaged descriptor does to the library
        notes = [f"it cannot be read ({type(error).__name__})"]
    for note in dict.fromkeys(short(note, 200) for note in notes):
        yield Slip(DESCRIPTOR, rule=f"Frictionless says: {note.rstrip('.')}.", remedy="Mend the entry it names.")


def _ask_about_tables(tables: dict[str, Table]) -> Iterator[Slip]:
    """What Frictionless finds wrong with the tables that could be read.

    It is given the cells as they were read above, so that both speak of the same bytes. Rows and columns
    that are told already are left out.
    """
    from frictionless import Package

    given = {name: _Given(table, tables) for name, table in tables.items()}
    inline = [{"name": name, "data": part.cells, "schema": part.schema} for name, part in given.items() if part.columns]
    if not inline:
        return
    try:
        result = Package.from_descriptor({"name": "package", "resources": inline}).validate()
    except Exception as error:  # whatever damaged schemas do to the library
        rule = f"Frictionless cannot check the tables ({type(error).__name__}: {short(str(error), 200)})."
        yield Slip(DESCRIPTOR, rule=rule, remedy="Mend the schemas.")
        return
    for found in result.errors:
        yield Slip(DESCRIPTOR, rule=f"Frictionless says: {short(found.note, 200)}.", remedy="Mend the schemas.")
    for task in result.tasks:
        yield from (_translate(found, given[task.name]) for found in task.errors)


class _Given:
    """The part of a table that Frictionless is given."""

    def __init__(self, table: Table, tables: dict[str, Table]) -> None:
        names = [f["name"] for f in table.fields]
        self.table = table
        self.columns = [name for name in names if table.header.count(name) == 1]
        #: Number in the table of each row given.
        self.numbers = [number for number, _ in table.records()]
        self.cells = [self.columns, *([row[name] for name in self.columns] for _, row in table.records())]
        schema = table.resource["schema"]
        self.key = as_list(schema.get("primaryKey"))
        foreign = [key for key in schema.get("foreignKeys", []) if self._sound(key, tables)]
        self.schema = schema | {
            "fields": [f for f in table.fields if f["name"] in self.columns],
            "foreignKeys": foreign,
        }
        if not set(self.key) <= set(self.columns):
            self.schema.pop("primaryKey", None)

    def _sound(self, key: dict[str, Any], tables: dict[str, Table]) -> bool:
        """Whether a foreign key can be judged: into a damaged table it would fail in many rows."""
        target = tables.get(_target(key) or self.table.resource["name"])
        if target is None or target.torn or not set(as_list(key.get("fields"))) <= set(self.columns):
            return False
        return set(as_list(key["reference"].get("fields"))) <= set(target.header)

    def number(self, position: int) -> int:
        """Number in the table of the row at a position of Frictionless, which counts the header."""
        return self.numbers[position - 2] if 2 <= position <= len(self.numbers) + 1 else 0


def _translate(found: Any, given: _Given) -> Slip:
    """One finding of Frictionless in our form."""
    table, number = given.table, given.number(getattr(found, "row_number", None) or 0)
    row = dict(zip(table.header, table.rows[number - 1], strict=True)) if number else {}
    column = getattr(found, "field_name", "") or ""
    cell = row.get(column, "")
    spec: dict[str, Any] = next((f for f in table.fields if f["name"] == column), {})
    other = re.search(r"position (\d+)$", found.note)
    again = f"stands already in row {given.number(int(other[1]))}." if other else "is empty."
    match found.type:
        case "type-error":
            kind = spec.get("type", "string")
            return table.slip(number, column, cell, f"is not {_KINDS.get(kind, kind)}.", _spelling(cell, kind))
        case "constraint-error":
            return table.slip(number, column, cell or None, *_constraint(found.note, spec.get("constraints", {}), cell))
        case "unique-error":
            return table.slip(number, column, cell, again, "Tell the two apart.")
        case "primary-key":
            values = ", ".join(filter(None, (row.get(name) for name in given.key)))
            return table.slip(number, ", ".join(given.key), values, again, "Delete one of the two, or tell them apart.")
        case "foreign-key":
            columns, rule = list(found.field_names), f"is not in the table {found.reference_name}."
            values = ", ".join(row.get(name, "") for name in columns)
            return table.slip(number, ", ".join(columns), values, rule, "Mend it or add it there.")
    return table.slip(number, column, cell or None, f"{short(found.note, 200).rstrip('.')}.", "Mend it.")


_KINDS = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}


def _constraint(note: str, constraints: dict[str, Any], cell: str) -> tuple[str, str]:
    """Rule and remedy for a broken constraint."""
    if 'constraint "required"' in note:
        return "The cell is empty, and every row needs one.", "Fill it in."
    if 'constraint "enum"' in note:
        codes = [str(code) for code in constraints.get("enum", [])]
        return "is not one of the codes.", f"Write one of: {', '.join(codes)}.{hint(cell, codes)}"
    if 'constraint "pattern"' in note:
        return "has the wrong form.", f"The form is {constraints.get('pattern')}"
    return f"breaks a rule: {note}.", "Mend it."


def _spelling(cell: str, kind: str) -> str:
    """How to write a cell that is not of its kind."""
    if kind == "number" and re.fullmatch(r"-?\d+,\d+", cell):
        return f"Write {cell.replace(',', '.')}, with a point."
    bare = re.sub(r"[\s\u00a0\u202f']", "", cell)
    if bare != cell and re.fullmatch(r"-?\d+(\.\d+)?", bare):
        return f"Write {bare}, without blanks."
    if kind == "number":
        return "Write a number such as 12.5; units and remarks have columns of their own."
    return "Write digits only." if kind == "integer" else "Mend the cell."


# ---------------------------------------------------------------- small things


def as_list(value: Any) -> list[str]:
    """``value`` as a list of texts, whether it is one, several or none."""
    return [value] if isinstance(value, str) else [str(v) for v in value] if isinstance(value, list) else []


def short(text: str, most: int = 80) -> str:
    """``text`` on one line, cut to ``most`` characters; what cannot be printed becomes a dot."""
    text = "".join(letter if letter.isprintable() else "·" for letter in text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def hint(word: str, known: Iterable[str]) -> str:
    """ " Did you mean …?", or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near else ""


def _line_of(text: str, name: Any) -> int:
    """Line of ``datapackage.json`` on which an entry is named, or 0."""
    at = text.find(f'"name": {json.dumps(name)}')
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
