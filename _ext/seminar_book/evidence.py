"""The gate before the book: checks the data before a lab runs or a page is read.

Frictionless checks structure, types, constraints and keys, as its public command does (see ``package``). Here stands
what a data package cannot say: dates in EDTF, keys of the bibliography, references to single values, derivations
computed anew, codes with a meaning, licences kept apart. Every slip is told in one go, with its place and its remedy.

Marks in ``datapackage.json`` that are ours, next to those of the standard: ``bibtex`` (the column holds keys of
``references.bib``, separated by blanks), ``evidence`` (references to values, separated by semicolons), ``codes``
(the list in the table codes that explains the codes of a column, if it is not called as the column) and
``seriesLicences`` (the licences that the series of a table may have).
"""

from __future__ import annotations

import ast
import hashlib
import operator
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from . import evidence_politics
from .package import DESCRIPTOR, Slip, Table, Unreadable, as_list, decode, hint, read_package

logger = logging.getLogger(__name__)

EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
YEARS = range(1850, 2100)  #: from the birth of the oldest person to any edition: further off is a slip of the keyboard
BIBLIOGRAPHY = "references.bib"
_REFERENCE = re.compile(r"([a-z][a-z0-9_]*)\[([^\[\]|;]+)(?:\|([^\[\]|;]+))?\]")
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")  # what every reader of CSV takes for the same number
_OPERATIONS: dict[type, Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


# ---------------------------------------------------------------- ways in


def setup_evidence(app: Sphinx) -> None:
    """Check the data as soon as the configuration has been read."""
    app.connect("config-inited", _guard, priority=100)


def _guard(app: Sphinx, config: Config) -> None:
    slips = gate(Path(app.srcdir), Path(app.doctreedir).parent / ".evidence")
    if slips:
        logger.error("%s No page was written. Mend the above and build again.", report(slips))
        raise SystemExit(2)


def main() -> int:
    """``python -m seminar_book.evidence``: check the package of this tree, whatever was found before."""
    files = read(Path(__file__).resolve().parents[2])
    slips = check(files)
    if slips:
        print(report(slips), file=sys.stderr)
        return 1
    print(f"{sum(name.endswith('.csv') for name in files)} tables checked, nothing to mend.")
    return 0


def gate(root: Path, stamp: Path) -> list[Slip]:
    """``check`` the package below ``root``, unless ``stamp`` says that these very bytes passed before.

    The bytes that are hashed are the bytes that are judged, so a file saved meanwhile cannot slip through.
    """
    files = read(root)
    seen = _fingerprint(files)
    try:
        if stamp.read_text(encoding="ascii") == seen:
            return []
    except (OSError, ValueError):  # no stamp yet, or a damaged one
        pass
    slips = check(files)
    if not slips:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(seen, encoding="ascii")
    return slips


def read(root: Path) -> dict[str, bytes]:
    """Contents of the data folder's tables and of the bibliography, by path below ``root``."""
    files = {}
    for path in [*(root / "data").glob("*.csv"), root / DESCRIPTOR, root / BIBLIOGRAPHY]:
        try:
            files[path.relative_to(root).as_posix()] = path.read_bytes()
        except OSError:  # missing, a folder, or closed to us: told as missing
            continue
    return files


def check(files: dict[str, bytes]) -> list[Slip]:
    """All slips of the package, sorted by place; ``files`` as ``read`` gives them."""
    resources, tables, slips = read_package(files)
    slips += _own_checks(resources, tables, files)
    return sorted(set(slips), key=Slip.order)


def report(slips: list[Slip]) -> str:
    """The slips as lines, and their number."""
    return "\n".join([*map(str, slips), f"{len(slips)} slip{'s' if len(slips) > 1 else ''} in the data."])


def _fingerprint(files: dict[str, bytes]) -> str:
    """Hash of the package, of the code that judges it, and of its libraries' versions."""
    here = Path(__file__).resolve()
    beside = [here.with_name(name) for name in ("package.py", "evidence_politics.py")]
    code = (here, *beside, here.parents[2] / "seminar" / "dates.py")
    judges = {path.name: path.read_bytes() for path in code}
    total = hashlib.sha256(f"{version('frictionless')} {sys.version}".encode())
    for name, content in sorted((judges | files).items()):
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


# ---------------------------------------------------------------- every table


def _own_checks(resources: list[dict[str, Any]], tables: dict[str, Table], files: dict[str, bytes]) -> Iterator[Slip]:
    """All that the standard of data packages cannot say."""
    try:
        text = decode(BIBLIOGRAPHY, files[BIBLIOGRAPHY])
        # whether the entries are sound is for the citations to say
        keys = set(re.findall(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^\s,{}]+)\s*,", text, re.M | re.I))
    except KeyError:
        keys = None
        yield Slip(BIBLIOGRAPHY, rule="The file is missing.", remedy="Bring it back: every source stands in it.")
    except Unreadable as problem:
        keys = None
        yield problem.args[0]
    needed = {"series", "period", "value"}
    economy = [r["name"] for r in resources if needed <= {f["name"] for f in r["schema"]["fields"]}]
    observations = {name: tables[name] for name in economy if name in tables and needed <= set(tables[name].header)}
    values = _values(observations, whole=len(observations) == len(economy))
    for table in tables.values():
        for column in table.fields:
            yield from _column(table, column, keys, values)
    for table in observations.values():
        yield from _derivations(table, values)
    yield from _series(tables, observations, values.whole)
    if len(tables) == len(resources):
        yield from _codes(tables)
    yield from evidence_politics.check(tables)


def _column(table: Table, column: dict[str, Any], keys: set[str] | None, values: Values) -> Iterator[Slip]:
    """Dates, keys, numbers and references of one column."""
    name = column["name"]
    for number, cell in table.cells(name):
        if column.get("rdfType") == EDTF and (why := _date_slip(cell)):
            yield table.slip(number, name, cell, *why)
        if column.get("type") in ("number", "integer") and not _PLAIN.fullmatch(cell) and _is_number(cell):
            rule = "is a number in a form that not every program reads."
            yield table.slip(number, name, cell, rule, "Write plain digits, with a point before decimals.")
        for key in cell.split() if column.get("bibtex") else []:
            if keys is not None and key not in keys:
                remedy = f"Add the entry or mend the key.{hint(key, keys)}"
                yield table.slip(number, name, key, f"is not in {BIBLIOGRAPHY}.", remedy)
        for part in cell.split(";") if column.get("evidence") else []:
            if why_not := _resolve(part.strip(), values)[1]:
                yield table.slip(number, name, part.strip(), why_not, "Mend the reference.")


def _is_number(text: str) -> bool:
    """Whether Frictionless takes ``text`` for a number; what it does not take it tells itself."""
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


@cache
def _date_slip(text: str) -> tuple[str, str] | None:
    """Rule and remedy for a date that is not EDTF or not of the forms the book uses.

    The book's own reader judges: the tests hold it against the library of the standard, which takes much longer.
    """
    from seminar.dates import parse

    try:
        days = parse(text)
    except ValueError as error:
        year = re.fullmatch(r"(\d{4})/(\d\d)", text)
        remedy = "Write 1921, 1921-08, 1918-08-27, 1922-10/1923-09, 1921? (uncertain) or 1921~ (about)."
        if year and int(year[2]) == (int(year[1]) + 1) % 100:
            remedy = f"Write {year[1]}-10/{int(year[1]) + 1}-09 for the economic year."
        reason = str(error).replace(f"“{text}”", "").strip(" :.")
        return "is not a date in EDTF" + ("." if reason.startswith("is not") else f": {reason}."), remedy
    if any(day and day.year not in YEARS for day in days):
        return f"lies outside the years of the book, {YEARS[0]} to {YEARS[-1]}.", "See whether digits changed places."
    return None


def _codes(tables: dict[str, Table]) -> Iterator[Slip]:
    """Every code that a schema allows is explained in the table of codes, and no other."""
    codes = tables.get("codes")
    if codes is None or not {"list", "code"} <= set(codes.header):
        return
    explained = {(row["list"], row["code"]): number for number, row in codes.records()}
    allowed = {
        (str(column.get("codes", column["name"])), str(code)): name
        for name, table in tables.items()
        for column in table.fields
        for code in column.get("constraints", {}).get("enum", [])
    }
    for column, code in allowed.keys() - explained.keys():
        rule = f"The code {code} of the list {column} (table {allowed[column, code]}) is not explained."
        yield Slip(codes.file, column="code", rule=rule, remedy=f"Add a row {column},{code} with its meaning.")
    for column, code in explained.keys() - allowed.keys():
        rule, remedy = f"is not a code of any column with the list {column}.", f"Mend it, or allow it in {DESCRIPTOR}."
        yield codes.slip(explained[column, code], "code", code, rule, remedy)


# ---------------------------------------------------------------- economy tables


@dataclass(frozen=True)
class Value:
    """One observation, as references find it."""

    variant: str
    sources: tuple[str, ...]
    number: Decimal
    status: str


@dataclass
class Values:
    """Every observation by series and period, and what could not be read.

    ``broken`` names series with a row that is told elsewhere; ``whole`` is false where a table is.
    References into them are not judged: one slip gets one message.
    """

    whole: bool
    found: dict[tuple[str, str], list[Value]] = field(default_factory=lambda: defaultdict(list))
    broken: set[str] = field(default_factory=set)


def _values(observations: dict[str, Table], whole: bool) -> Values:
    """Every number of the economy tables by series and period."""
    values = Values(whole)
    for table in observations.values():
        at = table.header.index("series")
        values.broken |= {table.rows[n - 1][at] for n in table.torn if len(table.rows[n - 1]) > at}
        for _, row in table.records():
            if _PLAIN.fullmatch(row["value"]):
                sources = tuple(row.get("source", "").split())
                value = Value(row.get("variant", ""), sources, Decimal(row["value"]), row.get("status", ""))
                values.found[row["series"], row["period"]].append(value)
            else:
                values.broken.add(row["series"])
    return values


def _resolve(text: str, values: Values) -> tuple[Value | None, str]:
    """The one value that ``series[period]`` or ``series[period|variant or source key]`` names, or why there is none.

    Neither a value nor a reason: the series is broken, which is told where it is.
    """
    parts = _REFERENCE.fullmatch(text)
    if not parts:
        return None, "is not a reference to a value, such as idx_coal[1921]."
    series, period, mark = parts.groups()
    found = values.found.get((series, period), [])
    if mark:
        found = [value for value in found if mark == value.variant or mark in value.sources]
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, "fits more than one value: add |variant or |source key."
    if series in values.broken or not values.whole:
        return None, ""
    known = sorted({name for name, _ in values.found})
    if series not in known:
        return None, f"names a series that has no values.{hint(series, known)}"
    return None, f"names no value that {series} has."


def _derivations(table: Table, values: Values) -> Iterator[Slip]:
    """Derived values follow from their formula, and only they have one."""
    for number, row in table.records():
        formula, derived = row.get("derivation", ""), row.get("status") == "derived"
        if derived != bool(formula):
            rule = "A derived value has a formula, and no other value has one."
            yield table.slip(number, "derivation", formula or None, rule, "Write the formula, or mend the status.")
        elif derived != (row.get("known") == "derived"):
            yield table.slip(number, "known", row.get("known"), "does not go with the status.", "Mend one of the two.")
        elif formula and _PLAIN.fullmatch(row["value"]):
            result, why_not = _compute(formula, values)
            if why_not:
                yield table.slip(number, "derivation", formula, f"cannot be computed: {why_not}", "Mend the formula.")
            elif result is not None and not _follows(row["value"], result):
                places = _places(row["value"])
                rule = f"does not follow from its derivation, which gives {result:.{places + 2}f}."
                remedy = f"Write {result:.{places}f}, or mend the derivation or the values in it."
                yield table.slip(number, "value", row["value"], rule, remedy)


def _places(text: str) -> int:
    return len(text.partition(".")[2])


def _follows(text: str, result: Decimal) -> bool:
    """Whether ``result``, rounded to the decimals written, can give ``text``."""
    return abs(result - Decimal(text)) <= Decimal(5).scaleb(-_places(text) - 1)


def _compute(formula: str, values: Values) -> tuple[Decimal | None, str]:
    """The result of a formula, or why there is none; neither where it rests on a broken series."""
    numbers: list[Decimal] = []
    problems: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        value, why_not = _resolve(match[0], values)
        if value is None:
            problems.append(why_not and f"{match[0]} {why_not}")
        elif value.status == "derived":
            problems.append(f"{match[0]} is itself derived; formulas rest on values that were read.")
        else:
            numbers.append(value.number)
        return f"r{len(numbers) - 1}"

    plain = _REFERENCE.sub(stand_in, formula)
    if problems:
        return None, next(filter(None, problems), "")
    named = {f"r{at}": number for at, number in enumerate(numbers)}
    try:
        return _evaluate(ast.parse(plain.strip(), mode="eval").body, named), ""
    except (SyntaxError, ValueError, KeyError, RecursionError, MemoryError):
        return None, "it may hold numbers, references, + - * / and brackets."
    except ArithmeticError:
        return None, "it divides by zero or leaves all bounds."


def _evaluate(node: ast.expr, named: dict[str, Decimal]) -> Decimal:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_evaluate(left, named), _evaluate(right, named))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand, named)
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Decimal(str(number))
        case ast.Name(id=name):
            return named[name]
    raise ValueError


def _series(tables: dict[str, Table], observations: dict[str, Table], whole: bool) -> Iterator[Slip]:
    """Each series has values, in one table only, and the licence of that table."""
    catalogue = tables.get("series")
    if catalogue is None or not {"series", "licence"} <= set(catalogue.header):
        return
    licences = {row["series"]: row["licence"] for _, row in catalogue.records()}
    homes: dict[str, str] = {}
    for name, table in observations.items():
        allowed = as_list(table.resource.get("seriesLicences"))
        for number, series in table.cells("series"):
            if homes.setdefault(series, name) != name:
                rule = f"has values in {homes[series]} too; a series stands in one table."
                yield table.slip(number, "series", series, rule, "Move the row.")
            elif allowed and licences.get(series, allowed[0]) not in allowed:
                rule = f"is under {licences.pop(series)}; this table is for {' and '.join(allowed)}."  # told once
                yield table.slip(number, "series", series, rule, "Move the row: licences are kept apart.")
    for number, series in catalogue.cells("series") if whole else []:
        if series not in homes:
            yield catalogue.slip(number, "series", series, "has no values in any table.", "Add them or delete the row.")


if __name__ == "__main__":
    raise SystemExit(main())
