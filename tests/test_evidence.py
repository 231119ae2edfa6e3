"""The data: sound as shipped, and refused with place, rule and remedy when damaged."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Tree
from edtf import parse_edtf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book import evidence  # noqa: E402

from seminar.dates import parse  # noqa: E402

loading = importlib.import_module("seminar.tables")  # the package exports a function of this name

Files = dict[str, bytes]
SHIPPED = evidence.read(ROOT)
DESCRIPTOR = "data/datapackage.json"
COW = "data/economy-cow.csv"
SERIES = "data/series.csv"
WHERE = {"series": "cow_iron_steel", "period": "1921"}


def rows_of(files: Files, file: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files[file].decode())))


def write(files: Files, file: str, rows: list[list[str]]) -> Files:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return files | {file: text.getvalue().encode()}


def row_number(files: Files, file: str, where: dict[str, str]) -> int:
    header, *rows = rows_of(files, file)
    found = [n for n, row in enumerate(rows, 1) if where.items() <= dict(zip(header, row, strict=True)).items()]
    assert len(found) == 1, (where, found)
    return found[0]


def set_cell(files: Files, file: str, where: dict[str, str], column: str, value: str) -> tuple[Files, str]:
    """The files with one cell changed, and the place as a message names it."""
    rows, number = rows_of(files, file), row_number(files, file, where)
    rows[number][rows[0].index(column)] = value
    return write(files, file, rows), f"{file}:{number + 1} (row {number}), column {column}"


def part(files: Files, *names: str) -> Files:
    """A smaller package: the tables named, those that their keys lead to, and the codes they use."""
    descriptor = json.loads(files[DESCRIPTOR])
    entries = {entry["name"]: entry for entry in descriptor["resources"]}
    wanted = {"codes", *names}
    while (
        more := {k["reference"]["resource"] for n in wanted for k in entries[n]["schema"].get("foreignKeys", [])}
        - wanted
    ):
        wanted |= more
    descriptor["resources"] = [entries[name] for name in entries if name in wanted]
    fields = [field for name in wanted for field in entries[name]["schema"]["fields"]]
    codes = {(f.get("codes", f["name"]), code) for f in fields for code in f.get("constraints", {}).get("enum", [])}
    header, *rows = rows_of(files, "data/codes.csv")
    rows = [row for row in rows if (row[0], row[1]) in codes]
    entries["codes"]["rows"] = len(rows)
    kept = {name: files[name] for name in ("references.bib", *(f"data/{entries[n]['path']}" for n in wanted))}
    kept |= {DESCRIPTOR: json.dumps(descriptor, ensure_ascii=False, indent=2).encode()}
    return write(kept, "data/codes.csv", [header, *rows])


#: What the damage is done to: the same code judges every table, and eight are judged faster than all.
SMALL = part(SHIPPED, "economy-maddison", "economy-cow", "economy-energy", "economy-facts", "claims", "locators")


def told(files: Files) -> list[str]:
    return [str(slip) for slip in evidence.check(files)]


# --- what is shipped ----------------------------------------------------------------------------


def test_the_package_is_sound() -> None:
    assert told(SHIPPED) == []
    assert told(SMALL) == []


def test_the_public_tool_agrees() -> None:
    command = [str(Path(sys.executable).with_name("frictionless")), "validate", "data/datapackage.json", "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert len(json.loads(result.stdout)["tasks"]) == sum(name.endswith(".csv") for name in SHIPPED)


#: Series that a second reader of the sources advised against, or whose licence nobody has read.
HELD_BACK = re.compile(
    r"cow_(urban|military_exp)|opp_|nove_|deutscher_|tractor_(cost|thesis|output)|thesis_|.*_clio|.*_gdp_share|price_level"
    r"|hyperinflation|metal_output|industry_(kafengauz|tf)|procurement_|famine_deaths|party_total|.*mpd2013|redenomination"
)
#: Sites that copy books without leave or copy encyclopedias, and other places nobody should be sent to.
#: Wikipedia itself may be named, as the source that it is, but no figure rests on it.
REFUSED = re.compile(
    r"(?:rulit|bibliboba|readania|webreadme|livebooks|sex-story|phuks|gluedideas|book-bot|bitlit|marx2mao|yumpu"
    r"|studymode|docslib|smi24|redlib|vvpnews|ewigerbund|distantreader|kiwix|researcher|thefreedictionary|github"
    r"|newlib|hub-books|e-reading|litfond|dokumen|wikireading|bubooker|mreadz|litbaza|bookreadfree|vdocuments"
    r")[\w-]*\.[a-z]{2,}"
)


def test_nothing_held_back_is_shipped() -> None:
    series = set(loading.load("economy")["series"])
    assert not [name for name in series if HELD_BACK.fullmatch(name) or HELD_BACK.match(name)]
    unsourced = loading.load("series").set_index("series")["label"].filter(like="_rus")
    assert len(unsourced) == 2
    assert unsourced.str.contains("no stated source").all()
    economy = loading.load("economy")
    assert set(economy["status"]) == {"verified", "derived"}
    trade = economy[economy["series"].isin(["cow_exports", "cow_imports", "idx_exports"])]
    assert 1919 not in set(trade["year"])
    assert not economy["source"].str.contains("wikipedia").any()


def test_no_address_that_must_not_be_spread() -> None:
    for name, content in SHIPPED.items():
        assert not REFUSED.findall(content.decode().lower()), name


def test_licences_stand_apart() -> None:
    economy = loading.load("economy").set_index("series")["licence"].to_dict()
    for name, licences in {"maddison": {"CC-BY-4.0"}, "cow": {"COW"}, "energy": {"CC-BY-SA-3.0"}}.items():
        assert {economy[series] for series in loading.load(f"economy-{name}")["series"]} == licences
    assert {economy[series] for series in loading.load("economy-facts")["series"]} == {"facts", "CC0-1.0"}


# --- each kind of damage, told in full ----------------------------------------------------------


def _cell(file: str, where: dict[str, str], column: str, value: str, message: str) -> Callable[[], tuple[Files, str]]:
    def damage() -> tuple[Files, str]:
        files, place = set_cell(SMALL, file, where, column, value)
        return files, f"{place}: {message}"

    return damage


def _duplicate() -> tuple[Files, str]:
    rows, number = rows_of(SMALL, COW), row_number(SMALL, COW, WHERE)
    rows[number + 1] = rows[number]  # in the place of 1922, so that the count stays right
    place = f"{COW}:{number + 2} (row {number + 1}), column series, period, source, variant"
    key = "cow_iron_steel, 1921, singer1972 singer1987"
    return write(SMALL, COW, rows), (
        f'{place}: "{key}" stands already in row {number}. Delete one of the two, or tell them apart.'
    )


def _torn() -> tuple[Files, str]:
    cut = SMALL[COW][:-30]
    assert not cut.endswith(b"\n")
    rule = (
        "The last line has no end: the file may be cut short. Look whether anything is missing; if not, end the line."
    )
    line = len(cut.splitlines())
    return SMALL | {COW: cut}, f"{COW}:{line}: {rule}"


def _cut_at_a_line() -> tuple[Files, str]:
    lines = SMALL[COW].splitlines(keepends=True)
    count = len(lines) - 1
    rule = f"The file has {count - 3} rows, {DESCRIPTOR} says {count}."
    return SMALL | {COW: b"".join(lines[:-3])}, (
        f'{COW}: {rule} If rows were lost, bring them back; else write "rows": {count - 3} there.'
    )


def _encoding() -> tuple[Files, str]:
    text = SMALL[SERIES].decode()
    line = text[: text.index("“")].count("\n") + 1
    rule = "Byte 0x93 is not UTF-8: the file was saved in another encoding. Save the file as UTF-8."
    return SMALL | {SERIES: text.encode("cp1252")}, f"{SERIES}:{line}: {rule}"


def _column() -> tuple[Files, str]:
    rows = rows_of(SMALL, COW)
    at = rows[0].index("territory")
    rows = [row[:at] + row[at + 1 :] for row in rows]
    return write(SMALL, COW, rows), f"{COW}:1, column territory: The column is missing. Add it after value."


def _licence() -> tuple[Files, str]:
    files, _ = set_cell(SMALL, SERIES, {"series": "cow_energy"}, "licence", "CC-BY-4.0")
    number = row_number(SMALL, COW, {"series": "cow_energy", "period": "1913"})
    rule = '"cow_energy" is under CC-BY-4.0; this table is for COW. Move the row: licences are kept apart.'
    return files, f"{COW}:{number + 1} (row {number}), column series: {rule}"


def _idle_series() -> tuple[Files, str]:
    rows = [*rows_of(SMALL, SERIES)]
    new = dict(zip(rows[0], rows[1], strict=True)) | {"series": "idle", "label": "Nothing"}
    rows.append(list(new.values()))
    place = f"{SERIES}:{len(rows)} (row {len(rows) - 1}), column series"
    return write(SMALL, SERIES, rows), f'{place}: "idle" has no values in any table. Add them or delete the row.'


def _mark() -> tuple[Files, str]:
    rule = "The file begins with a byte order mark. Save it as UTF-8 without one."
    return SMALL | {COW: b"\xef\xbb\xbf" + SMALL[COW]}, f"{COW}:1: {rule}"


def _quotation_mark() -> tuple[Files, str]:
    number = row_number(SMALL, COW, WHERE)
    lines = SMALL[COW].splitlines(keepends=True)
    lines[number] = b'"' + lines[number]
    message = "The row is not CSV: ',' expected after '\"'."
    remedy = "Close each quotation mark that is opened, and write one inside a cell twice."
    return SMALL | {COW: b"".join(lines)}, f"{COW}:{number + 1}: {message} {remedy}"


def _short_row() -> tuple[Files, str]:
    rows, number = rows_of(SMALL, COW), row_number(SMALL, COW, WHERE)
    rows[number] = rows[number][:4]
    rule = "The row has 4 cells, the header 11."
    remedy = "Put text with commas in quotation marks, or add the cells that are missing."
    return write(SMALL, COW, rows), f"{COW}:{number + 1} (row {number}): {rule} {remedy}"


def _strange_column() -> tuple[Files, str]:
    rows = rows_of(SMALL, COW)
    rows = [[*row, "remark" if n == 0 else ""] for n, row in enumerate(rows)]
    rule = f'"remark" is no column of this table. The header is {",".join(rows[0][:-1])}'
    return write(SMALL, COW, rows), f"{COW}:1, column remark: {rule}"


def _without(file: str, remedy: str) -> Callable[[], tuple[Files, str]]:
    return lambda: ({k: v for k, v in SMALL.items() if k != file}, f"{file}: The file is missing. {remedy}")


def _stray() -> tuple[Files, str]:
    message = f"data/notes.csv: The table is not described. Describe it in {DESCRIPTOR} or delete it."
    return SMALL | {"data/notes.csv": b"a,b\n1,2\n"}, message


def _empty() -> tuple[Files, str]:
    remedy = "Bring its rows back; a table without rows still has a header."
    return SMALL | {COW: b"\n"}, f"{COW}: The file is empty. {remedy}"


def _json() -> tuple[Files, str]:
    text = SMALL[DESCRIPTOR].decode().replace('"title": "The series",', '"title": "The series"', 1)
    line = text[: text.index('"title": "The series"')].count("\n") + 2
    rule = "The file is not JSON: expecting ',' delimiter at character 7. Mend that line or the one above it."
    return SMALL | {DESCRIPTOR: text.encode()}, f"{DESCRIPTOR}:{line}: {rule}"


DERIVED = {"series": "idx_iron_steel", "period": "1921"}
DAMAGES: dict[str, Callable[[], tuple[Files, str]]] = {
    "a non-number": _cell(COW, WHERE, "value", "12,5", '"12,5" is not a number. Write 12.5, with a point.'),
    "a number with blanks": _cell(COW, WHERE, "value", "1 220", '"1 220" is not a number. Write 1220, without blanks.'),
    "a number others misread": _cell(
        COW, WHERE, "value", "2.2e2", '"2.2e2" is a number in a form that not every program reads. '
        "Write plain digits, with a point before decimals.",
    ),
    "not finite": _cell(
        COW, WHERE, "value", "NaN", '"NaN" is a number in a form that not every program reads. '
        "Write plain digits, with a point before decimals.",
    ),
    "an unknown source": _cell(
        COW, WHERE, "source", "singer1971", '"singer1971" is not in references.bib. '
        "Add the entry or mend the key. Did you mean singer1987?",
    ),
    "no source": _cell(COW, WHERE, "source", "", "The cell is empty, and every row needs one. Fill it in."),
    "a duplicate key": _duplicate,
    "an economic year": _cell(
        COW, WHERE, "period", "1922/23", '"1922/23" is not a date in EDTF. '
        "Write 1922-10/1923-09 for the economic year.",
    ),
    "no such day": _cell(
        COW, WHERE, "period", "1918-02-30", '"1918-02-30" is not a date in EDTF: February 1918 has no day 30. '
        "Write 1921, 1921-08, 1918-08-27, 1922-10/1923-09, 1921? (uncertain) or 1921~ (about).",
    ),
    "digits that changed places": _cell(
        COW, WHERE, "period", "9128", '"9128" lies outside the years of the book, 1850 to 2099. '
        "See whether digits changed places.",
    ),
    "a missing unit": _cell(
        SERIES, {"series": "idx_coal"}, "unit", "", "The cell is empty, and every row needs one. Fill it in."
    ),
    "an unknown series": _cell(
        COW, WHERE, "series", "cow_iron", '"cow_iron" is not in the table series. Mend it or add it there.'
    ),
    "a derived value that does not follow": _cell(
        COW, DERIVED, "value", "5.4", '"5.4" does not follow from its derivation, which gives 4.473. '
        "Write 4.5, or mend the derivation or the values in it.",
    ),
    "a formula that divides by zero": _cell(
        COW, DERIVED, "derivation", "cow_iron_steel[1921] / (1 - 1)", '"cow_iron_steel[1921] / (1 - 1)" cannot be '
        "computed: it divides by zero or leaves all bounds. Mend the formula.",
    ),
    "a formula that is a program": _cell(
        COW, DERIVED, "derivation", "print(1)", '"print(1)" cannot be computed: '
        "it may hold numbers, references, + - * / and brackets. Mend the formula.",
    ),
    "a formula on a derived value": _cell(
        COW, DERIVED, "derivation", "idx_iron_steel[1920]", '"idx_iron_steel[1920]" cannot be computed: '
        "idx_iron_steel[1920] is itself derived; formulas rest on values that were read. Mend the formula.",
    ),
    "a formula on nothing": _cell(
        COW, DERIVED, "derivation", "cow_iron_steal[1921]", '"cow_iron_steal[1921]" cannot be computed: '
        "cow_iron_steal[1921] names a series that has no values. Did you mean cow_iron_steel? Mend the formula.",
    ),
    "a derived value without a formula": _cell(
        COW, DERIVED, "derivation", "", "A derived value has a formula, and no other value has one. "
        "Write the formula, or mend the status.",
    ),
    "an unknown status": _cell(
        COW, WHERE, "status", "verifed", '"verifed" is not one of the codes. '
        "Write one of: verified, derived. Did you mean verified?",
    ),
    "evidence that is not there": _cell(
        "data/claims.csv", {"claim": "income"}, "evidence", "idx_gdp_pc[1931]",
        '"idx_gdp_pc[1931]" names no value that idx_gdp_pc has. Mend the reference.',
    ),
    "blanks around a cell": _cell(COW, WHERE, "variant", " ", '" " begins or ends with a blank. Take it away.'),
    "a truncated file": _torn,
    "a file cut at a line's end": _cut_at_a_line,
    "a wrong encoding": _encoding,
    "a missing column": _column,
    "a strange column": _strange_column,
    "a short row": _short_row,
    "an open quotation mark": _quotation_mark,
    "a byte order mark": _mark,
    "an empty file": _empty,
    "a missing table": _without(COW, f"Bring it back, or take it out of {DESCRIPTOR}."),
    "no bibliography": _without("references.bib", "Bring it back: every source stands in it."),
    "no descriptor": _without(DESCRIPTOR, "Bring it back: it describes every table."),
    "a table nobody described": _stray,
    "a licence out of place": _licence,
    "a series without values": _idle_series,
    "a broken datapackage.json": _json,
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_told_with_place_rule_and_remedy(kind: str) -> None:
    files, message = DAMAGES[kind]()
    messages = told(files)
    assert message in messages
    # what follows from a slip is not told as more slips: a broken value does not accuse all that rest on it
    assert len(messages) <= 3, "\n".join(messages)


def _described(change: Callable[[dict[str, Any]], object]) -> list[str]:
    descriptor = json.loads(SMALL[DESCRIPTOR])
    change(descriptor)
    return told(SMALL | {DESCRIPTOR: json.dumps(descriptor, indent=2).encode()})


def _table(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in descriptor["resources"] if entry["name"] == name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(name="other"), 'The package is not called "the-machine-and-the-hand"'),
        (lambda d: d.update(resources=[]), 'The file has no list "resources"'),
        (lambda d: d["resources"].append("x"), "the entry needs a name, a path and a schema with named fields."),
        (lambda d: _table(d, "codes").pop("path"), "a path and a schema with named fields ('path' is missing)."),
        (lambda d: _table(d, "codes").update(path="../codes.csv"), '"../codes.csv" is not the plain name of a CSV'),
        (lambda d: _table(d, "codes").update(name="claims"), "Table claims: its name or its path stands twice."),
        (lambda d: _table(d, "codes").update(rows="38"), '"rows" is the number of rows'),
        (lambda d: _table(d, "series")["schema"]["fields"][0].update(type="date"), "not series (date); a date is"),
        (lambda d: d["resources"].remove(_table(d, "series")), "its foreign key leads to a table series, which is not"),
        (lambda d: _table(d, "economy-cow")["schema"]["fields"].pop(), "its schema differs from that of economy-m"),
    ],
)  # fmt: skip
def test_a_damaged_descriptor_is_told(change: Callable[[dict[str, Any]], object], message: str) -> None:
    messages = _described(change)
    assert any(text.startswith(DESCRIPTOR) and message in text for text in messages), messages


def test_two_slips_in_one_cell_are_both_told() -> None:
    files, place = set_cell(SMALL, COW, WHERE, "source", "nobody1921 noone1922")
    rule = "is not in references.bib. Add the entry or mend the key."
    assert told(files) == [f'{place}: "{key}" {rule}' for key in ("nobody1921", "noone1922")]


#: One of each in one package: they do not hide each other.
TOGETHER = {
    "a non-number": (COW, {"series": "cow_energy", "period": "1913"}, "value", "12,5"),
    "an unknown source": (COW, {"series": "cow_energy", "period": "1914"}, "source", "singer1971"),
    "a bad date": (COW, {"series": "cow_energy", "period": "1915"}, "period", "1915/16"),
    "a missing unit": (SERIES, {"series": "idx_coal"}, "unit", ""),
    "a value that does not follow": (COW, DERIVED, "value", "5.4"),
}


def many_slips() -> tuple[Files, list[str]]:
    files, messages = SHIPPED, []
    for file, where, column, value in TOGETHER.values():
        files, place = set_cell(files, file, where, column, value)
        messages.append(place)
    rows, number = rows_of(files, COW), row_number(files, COW, {"series": "cow_energy", "period": "1920"})
    rows[number + 1] = rows[number]
    files = write(files, COW, rows)
    energy, facts, maddison = (f"data/economy-{name}.csv" for name in ("energy", "facts", "maddison"))
    files |= {energy: files[energy][:-20], facts: files[facts].decode().encode("cp1252")}
    rows = rows_of(files, maddison)
    files = write(files, maddison, [row[:-1] for row in rows])
    places = [f"{COW}:{number + 2} (row {number + 1})", f"{energy}:", f"{facts}:", f"{maddison}:1, column note"]
    return files, [*messages, *places]


def test_all_slips_are_told_at_once_and_sorted() -> None:
    files, places = many_slips()
    slips = evidence.check(files)
    assert slips == sorted(slips, key=evidence.Slip.order)
    for place in places:
        assert any(str(slip).startswith(place) for slip in slips), place


# --- the gate before the book -------------------------------------------------------------------


def put(files: Files, root: Path) -> None:
    for name, content in files.items():
        (root / name).write_bytes(content)


def test_a_bad_package_stops_the_build_before_any_page(scratch: Callable[..., Tree]) -> None:
    tree = scratch(clean=True)
    files, places = many_slips()
    put(files, tree.root)
    result = tree.html_build()
    assert result.returncode != 0
    assert "Traceback" not in result.stdout
    assert "No page was written. Mend the above and build again." in result.stdout
    assert not [place for place in places if place not in result.stdout]
    assert not list(tree.html.rglob("*.html"))
    assert not (tree.root / "_build/.jupyter_cache").exists()  # no lab ran either
    result = tree.run(sys.executable, "-m", "seminar_book.evidence", PYTHONPATH="_ext")
    assert result.returncode == 1
    assert "Traceback" not in result.stdout
    assert not [place for place in places if place not in result.stdout]
    put({DESCRIPTOR: b"{"}, tree.root)
    result = tree.html_build()
    assert result.returncode != 0
    assert f"{DESCRIPTOR}:1: The file is not JSON" in result.stdout
    assert "Traceback" not in result.stdout


def test_a_stamp_vouches_for_these_bytes_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    put(SMALL, tmp_path)
    stamp = tmp_path / "_build" / ".evidence"
    assert evidence.gate(tmp_path, stamp) == []
    judged: list[Files] = []
    check = evidence.check

    def watched(files: Files) -> list[evidence.Slip]:
        judged.append(files)
        return check(files)

    monkeypatch.setattr(evidence, "check", watched)
    assert evidence.gate(tmp_path, stamp) == []
    assert not judged  # nothing changed: nothing is judged again
    for kind in ("a non-number", "an unknown source", "a broken datapackage.json", "a table nobody described"):
        put(DAMAGES[kind]()[0], tmp_path)
        assert evidence.gate(tmp_path, stamp), kind
        put(SMALL, tmp_path)
        (tmp_path / "data/notes.csv").unlink(missing_ok=True)
    bibliography = SMALL["references.bib"].replace(b"{singer1972,", b"{singer1973,")
    put({"references.bib": bibliography}, tmp_path)
    assert evidence.gate(tmp_path, stamp)
    assert evidence.gate(tmp_path, stamp)  # a failure leaves no stamp
    put(SMALL, tmp_path)
    judged.clear()
    monkeypatch.setattr(evidence, "version", lambda name: "0")
    assert evidence.gate(tmp_path, stamp) == []
    assert judged  # another judge looks anew


# --- damage at random ---------------------------------------------------------------------------

TABLES = sorted(name for name in SMALL if name.endswith(".csv"))
ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "1921", "1922/23", "-1", "nan", "1e9", "verified", "derived", "idx_coal", "a[1]", '"', ",", "\n"]
    ),
)


@st.composite
def damaged(draw: st.DrawFn) -> Files:
    """The package with one to three things done to it that people, editors and disks do."""
    files = dict(SMALL)
    for _ in range(draw(st.integers(1, 3))):
        file = draw(st.sampled_from([*TABLES, DESCRIPTOR, "references.bib"]))
        content = files[file]
        at = draw(st.integers(0, max(0, len(content) - 1)))
        deed = draw(st.sampled_from(["cell", "rows", "columns", "cut", "bytes", "text", "json", "gone"]))
        if deed in ("cell", "rows", "columns") and file in TABLES and (rows := list(rows_of_any(content))):
            files = write(files, file, _edit(draw, deed, rows))
        elif deed == "json" and file == DESCRIPTOR:
            files[file] = _edit_json(draw, content)
        elif deed == "cut":
            files[file] = content[:at]
        elif deed == "bytes":
            files[file] = content[:at] + draw(st.binary(min_size=1, max_size=4)) + content[at + 1 :]
        elif deed == "text":
            files[file] = content[:at] + draw(ODD).encode() + content[at:]
        elif deed == "gone":
            del files[file]
            break
    return files


def rows_of_any(content: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(content.decode())))
    except (UnicodeDecodeError, csv.Error):
        return []


def _edit(draw: st.DrawFn, deed: str, rows: list[list[str]]) -> list[list[str]]:
    at = draw(st.integers(0, len(rows) - 1))
    column = draw(st.integers(0, max(0, len(rows[0]) - 1)))
    if deed == "cell":
        rows[at][column : column + 1] = [draw(ODD)]
    elif deed == "columns":
        rows = [row[:column] + row[column + 1 :] for row in rows]
    else:
        other = draw(st.integers(0, len(rows) - 1))
        match draw(st.sampled_from(["delete", "repeat", "swap"])):
            case "delete":
                del rows[at]
            case "repeat":
                rows.insert(other, rows[at])
            case "swap":
                rows[at], rows[other] = rows[other], rows[at]
    return rows


def _edit_json(draw: st.DrawFn, content: bytes) -> bytes:
    """Another value somewhere in the descriptor."""
    try:
        here: Any = json.loads(content)
    except ValueError:
        return content
    whole = here
    while isinstance(here, dict | list) and here:
        keys = sorted(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list) or draw(st.integers(0, 5)) == 0:
            here[key] = draw(
                st.one_of(st.none(), st.integers(), st.text(max_size=8), st.just([]), st.just({}), st.just([{}]))
            )
            break
        here = here[key]
    return json.dumps(whole).encode()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=damaged())
def test_a_damaged_package_is_refused_cleanly_or_loads(files: Files, tmp_path_factory: pytest.TempPathFactory) -> None:
    slips = evidence.check(files)
    for slip in slips:
        assert slip.file in {*files, *SMALL}
        assert slip.rule
        assert slip.remedy
        assert "\n" not in str(slip)
    if not slips:
        root = tmp_path_factory.mktemp("mutated")
        (root / "data").mkdir()
        put(files, root)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loading, "__file__", str(root / "seminar/tables.py"))
            names = list(loading.tables()["table"])
            assert all(isinstance(loading.load(name), pd.DataFrame) for name in names)


# --- loading ------------------------------------------------------------------------------------


def test_types() -> None:
    economy = loading.load("economy")
    columns = "series label unit period start end year value territory source locator known status derivation note"
    assert set(columns.split()) <= set(economy.columns)
    kinds = economy.dtypes.astype(str)
    assert (kinds["value"], kinds["year"], kinds["period"]) == ("float64", "Int64", "string")
    assert kinds["start"].startswith("datetime64")
    assert kinds[["series", "unit", "status", "known"]].eq("category").all()
    assert len(economy) == sum(len(rows_of(SHIPPED, f)) - 1 for f in SHIPPED if "economy-" in f)
    assert economy[["label", "unit"]].notna().all(axis=None)
    assert not economy.select_dtypes("string").eq("").any(axis=None)  # empty is missing
    row = economy.query("series == 'rettur_exports' and period == '1922-10/1923-09'").iloc[0]
    assert (row["start"], row["end"]) == (pd.Timestamp("1922-10-01"), pd.Timestamp("1923-09-30"))
    assert pd.isna(row["year"])
    assert int(economy.query("series == 'idx_gdp_pc' and period == '1921'")["year"].iloc[0]) == 1921
    before = economy.query("series == 'money_prewar'").iloc[0]
    assert pd.isna(before["start"])
    assert before["end"] == pd.Timestamp("1914-07-31")


@pytest.mark.parametrize("name", sorted(name[5:-4] for name in SHIPPED if name.endswith(".csv")))
def test_every_table_loads_whole(name: str) -> None:
    frame = loading.load(name)
    header, *rows = rows_of(SHIPPED, f"data/{name}.csv")
    assert len(frame) == len(rows)
    for at, column in enumerate(header):
        written = [row[at] for row in rows]
        if str(frame[column].dtype) == "float64":
            assert [float(text) for text in written] == list(frame[column])
        else:
            assert written == ["" if pd.isna(cell) else str(cell) for cell in frame[column]]


def test_an_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(
        ValueError, match=r"no table called “econmy”\. Did you mean “economy”\? There are: economy, series"
    ):
        loading.load("econmy")
    with pytest.raises(ValueError, match=r"no table called “zzz”\. There are: "):
        loading.load("zzz")


def test_it_loads_alone_with_neither_network_nor_the_machinery(tmp_path: Path) -> None:
    """Package and data copied into an empty folder, started somewhere below it, no Frictionless and no edtf."""
    shutil.copytree(ROOT / "seminar", tmp_path / "seminar", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "work").mkdir()
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.modules.update(frictionless=None, edtf=None)\n"
        "from seminar import load, tables\n"
        "from seminar.tables import data_folder\n"
        "print(len(load('economy')), len(tables()), data_folder())"
    )
    for package, folder in ((tmp_path, tmp_path.parent), (tmp_path, tmp_path / "work")):
        result = subprocess.run(
            [sys.executable, "-c", code, str(package)],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert result.stdout.split()[2] == str(tmp_path / "data")


def test_missing_data_are_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "__file__", str(tmp_path / "seminar/tables.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"data were not found\. Put its folder “data” beside"):
        loading.load("economy")


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1921", date(1921, 1, 1), date(1921, 12, 31)),
        ("1921-08", date(1921, 8, 1), date(1921, 8, 31)),
        ("1924-02", date(1924, 2, 1), date(1924, 2, 29)),
        ("1918-08-27", date(1918, 8, 27), date(1918, 8, 27)),
        ("1917?", date(1917, 1, 1), date(1917, 12, 31)),
        ("1917-02~", date(1917, 2, 1), date(1917, 2, 28)),
        ("1917-02-14%", date(1917, 2, 14), date(1917, 2, 14)),
        ("192X", date(1920, 1, 1), date(1929, 12, 31)),
        ("19XX", date(1900, 1, 1), date(1999, 12, 31)),
        ("1921-XX", date(1921, 1, 1), date(1921, 12, 31)),
        ("1921-02-XX", date(1921, 2, 1), date(1921, 2, 28)),
        ("1921-XX-XX", date(1921, 1, 1), date(1921, 12, 31)),
        ("1923-21", date(1923, 3, 1), date(1923, 5, 31)),
        ("1923-23", date(1923, 9, 1), date(1923, 11, 30)),
        ("1922-10/1923-09", date(1922, 10, 1), date(1923, 9, 30)),
        ("1920~/1921?", date(1920, 1, 1), date(1921, 12, 31)),
    ],
)
def test_dates_agree_with_the_library(text: str, first: date, last: date) -> None:
    library = parse_edtf(text)
    assert parse(text) == (first, last)
    assert (tuple(library.lower_strict()[:3]), tuple(library.upper_strict()[:3])) == (
        (first.year, first.month, first.day),
        (last.year, last.month, last.day),
    )


def test_every_date_shipped_is_edtf_to_the_library_too() -> None:
    descriptor = json.loads(SHIPPED[DESCRIPTOR])
    dates = {
        cell
        for entry in descriptor["resources"]
        for at, column in enumerate(entry["schema"]["fields"])
        if column.get("rdfType") == evidence.EDTF
        for cell in (row[at] for row in rows_of(SHIPPED, f"data/{entry['path']}")[1:])
        if cell
    }
    assert len(dates) > 100
    for text in dates:
        parse_edtf(text)  # raises for what is none


def test_open_and_unknown_ends() -> None:
    july = date(1914, 7, 31)
    assert parse("/1914-07") == parse("../1914-07") == (None, july)
    assert parse("1917/..") == parse("1917/") == (date(1917, 1, 1), None)
    assert parse("1923-24") == (
        date(1923, 12, 1),
        date(1924, 2, 29),
    )  # winter runs on; the library ends it with the year


@given(st.from_regex(r"\A[0-9X]{2,4}(-[0-9X]{1,2}){0,2}[?~%]?(/[0-9.]{0,4}(-[0-9]{2})?)?\Z"))
def test_what_is_read_here_is_edtf(text: str) -> None:
    """Nothing is taken for a date that the library refuses, and the days agree."""
    try:
        first, last = parse(text)
    except ValueError as error:
        assert text in str(error)
        return
    library = parse_edtf(text)
    if first and last and "-24" not in text:
        assert (first, last) == (date(*library.lower_strict()[:3]), date(*library.upper_strict()[:3]))


@pytest.mark.parametrize("text", ["/", "../..", "1922/23", "1918/1917", "1917-13", "1918-02-30", "June 1921", "Y19210"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        parse(text)
