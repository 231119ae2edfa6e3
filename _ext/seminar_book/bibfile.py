"""The form of ``references.bib``: what each kind of entry must have and may have.

Editorial comment stands in ``annote`` (never printed), not in ``note`` (which most styles
print). A fact nobody has read is named in ``unread`` and never made up. Proper names in
titles are braced, so that a style which lowers capitals leaves them.
"""

import re
from pathlib import Path

from pybtex.database.input.bibtex import LowLevelParser
from pybtex.exceptions import PybtexError
from pybtex.scanner import PrematureEOF

from .chicago import plain
from .dating import is_edtf
from .slips import Slip

LONG_TITLE = 6
GROUPS = ("primary", "scholarship", "data")
_DATED = ("year", "date")
_NAMED = ("title", "description")
# One of each inner group is filled, or named in ``unread``.
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "book": (("author", "editor"), ("title",), ("publisher",), _DATED),
    "incollection": (("author",), _NAMED, ("booktitle",), (*_DATED, "origdate")),
    "article": (_NAMED, ("journal",), _DATED),
    "thesis": (("author",), ("title",), ("type",), ("school",), _DATED),
    "unpublished": (_NAMED, ("archive", "collection"), _DATED),
    "dataset": (("author", "editor"), ("title",), ("publisher",), _DATED),
    "online": (_NAMED, ("website",), ("url",)),
}
_COMMON = {"author", "title", "description", "shorttitle", "gloss", "url", "doi", "keywords", "annote", "unread"}
_COMMON |= {"year", "date"}
_BOOK = {"editor", "translator", "publisher", "address", "edition", "volume", "series", "number", "origdate", "isbn"}
ALLOWED: dict[str, set[str]] = {
    "book": _COMMON | _BOOK | {"maintitle"},
    "incollection": _COMMON | _BOOK | {"booktitle", "maintitle", "pages"},
    "article": _COMMON | {"journal", "volume", "number", "pages", "entrysubtype", "translator"},
    "thesis": _COMMON | {"type", "school"},
    "unpublished": _COMMON | {"collection", "archive", "address"},
    "dataset": _COMMON | {"editor", "version", "publisher"},
    "online": _COMMON | {"website", "urldate"},
}
# Facts that may honestly be missing; the bibliography says that they were not seen.
_READABLE = {"author", "editor", "publisher", "year", "journal", "title"}
_REMEDY = {
    "note": "Move editorial comment to annote; put facts of publication in their own fields",
    "verified": "Leave it out; what is worth saying of how a work is known goes to annote",
    "howpublished": "Name the facts in their own fields (booktitle, volume, date, publisher)",
    "school": "Use @thesis with type and school",
}
# Names that stand in titles of this subject; each must be braced there.
_NAMES = (
    "Lenin|Trotsky|Stalin|Russia|Russian|Soviet|Bolshevik|Bolsheviks|Bolshevism|Leninism|Stalinism|"
    "Georgia|Georgian|Ukraine|Kronstadt|Tambov|Petrograd|Moscow|Europe|European|Germany|German|USSR|NEP|RSFSR"
)
_UNBRACED = re.compile(rf"(?<![\w{{])(?:{_NAMES})(?:'s)?(?!\w)")
_BRACED = re.compile(r"\{[^{}]*\}")


class _Reader(LowLevelParser):
    """pybtex's parser, which goes on after an error and remembers lines of fields."""

    def __init__(self, text: str) -> None:
        super().__init__(text, handle_error=self._keep)
        self.errors: list[tuple[int, str]] = []
        self.lines: dict[str, int] = {}
        self.broken = False

    def _keep(self, error: PybtexError) -> None:
        start = self.text.count("\n", 0, self.command_start) + 1
        at_end = isinstance(error, PrematureEOF)
        self.errors.append(
            (start if at_end else self.lineno, "an entry that never closes" if at_end else str(error).split(": ")[-1])
        )
        self.broken = True

    def parse_entry_body(self, body_end: object) -> None:
        self.lines, self.broken = {"": self.lineno}, False
        super().parse_entry_body(body_end)

    def parse_value(self) -> None:
        if self.current_field_name:
            self.lines.setdefault(self.current_field_name.lower(), self.lineno)
        super().parse_value()


def _isbn_holds(isbn: str) -> bool:
    digits = re.sub(r"[- ]", "", isbn)
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return sum((10 - i) * (10 if d == "X" else int(d)) for i, d in enumerate(digits)) % 11 == 0
    if re.fullmatch(r"\d{13}", digits):
        return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    return False


def _value_slips(kind: str, name: str, value: str) -> tuple[str, str] | None:
    """The rule that ``value`` breaks and the remedy, or None."""
    if name == "year" and not (re.fullmatch(r"\d{4}", value) and 1700 <= int(value) <= 2099):
        return "a year has four figures", "Give the year of this printing, or date in EDTF"
    if name in ("date", "origdate", "urldate") and not is_edtf(value):
        return "a date is written in EDTF (1918-01-07, 1918-01, 1918, 1918~)", "Write it so"
    if name == "pages" and re.search(r"\d-\d", value):
        return "page ranges have two hyphens", f"Write {re.sub(r'(?<=[0-9])-(?=[0-9])', '--', value)}"
    if name == "doi" and not re.fullmatch(r"10\.\d{4,}/\S+", value):
        return "a DOI begins with 10.", "Leave out https://doi.org/"
    if name == "url" and not re.fullmatch(r"https?://\S+", value):
        return "an address begins with https:// or http://", "Give it whole, or leave url out"
    if name == "isbn" and not _isbn_holds(value):
        return "the check digit of this ISBN is wrong", "Compare with the copyright page"
    if name == "keywords" and value not in GROUPS:
        return f"keywords holds exactly one of {', '.join(GROUPS)}", "Choose the list where a student should look"
    if name == "unread" and not set(value.replace(",", " ").split()) <= _READABLE:
        return (
            f"unread names facts: {', '.join(sorted(_READABLE))}",
            "Name what nobody has read, as in unread = {publisher, year}",
        )
    if name == "entrysubtype" and value != "newspaper":
        return "entrysubtype is newspaper or absent", "Correct it or leave it out"
    if name in ("title", "booktitle", "maintitle", "description"):
        bare = _UNBRACED.search(_BRACED.sub(lambda match: " " * len(match.group()), value))
        if bare:
            return f"the proper name {bare.group()} is not braced", f"Write {{{bare.group()}}}"
    if name == "description" and value.count("*") % 2:
        return "asterisks stand in pairs around the title of a book", "Close the pair, or leave both out"
    if "\\" in plain(value):
        return "this LaTeX command is unknown here", "Type the letter itself (the file is UTF-8)"
    return None


def _entry_slips(where: str, kind: str, key: str, fields: dict[str, str], lines: dict[str, int]) -> list[Slip]:
    first = f"{where}:{lines['']}"
    if kind not in REQUIRED:
        known = ", ".join(REQUIRED)
        remedy = "Choose the one that says what the thing is, and name its facts in their own fields"
        return [Slip(first, f"@{kind}{{{key}}}", f"entries here are of the types {known}", remedy)]
    slips = []
    if not re.fullmatch(r"[a-z][a-z0-9-]*", key):
        slips.append(Slip(first, key, "a key is small letters, figures and hyphens", "Rename it here and in the notes"))
    unread = set(fields.get("unread", "").replace(",", " ").split())
    for choice in (*REQUIRED[kind], ("keywords",)):
        if not any(fields.get(name, "").strip() for name in choice) and not unread.intersection(choice):
            remedy = f"Read it in a copy or catalogue, or say unread = {{{choice[-1]}}}"
            slips.append(Slip(first, f"{key}: no {' or '.join(choice)}", f"@{kind} needs it", remedy))
    for name, value in fields.items():
        place = f"{where}:{lines.get(name, lines[''])}"
        if name not in ALLOWED[kind]:
            remedy = _REMEDY.get(name, f"@{kind} takes {', '.join(sorted(ALLOWED[kind]))}")
            slips.append(Slip(place, f"{key}: {name} = {{{value}}}", f"@{kind} has no field {name}", remedy))
            continue
        fault = _value_slips(kind, name, value)
        if fault:
            slips.append(Slip(place, f"{key}: {name} = {{{value}}}", *fault))
    main = re.split(r":\s", plain(fields.get("title") or fields.get("description") or ""))[0]
    if len(main.split()) > LONG_TITLE and "shorttitle" not in fields:
        rule = f"a title of more than {LONG_TITLE} words needs a shorttitle for later notes"
        slips.append(
            Slip(first, f"{key}: {main}", rule, "Add shorttitle, two to four words of the title in their order")
        )
    if "year" in fields and "date" in fields:
        slips.append(
            Slip(
                first,
                f"{key}: year and date",
                "one of them is enough",
                "Keep date if the day or month matters, else year",
            )
        )
    return slips


def check(path: Path, where: str) -> tuple[dict[str, int], list[Slip]]:
    """Read a .bib file; return its keys with their lines, and everything wrong with it.

    ``where`` is the name the messages use. Nothing is raised for a fault in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return {}, [Slip(where, path.name, f"cannot be read ({error.strerror})", "Put the file in its place")]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return {}, [Slip(f"{where}:{line}", f"byte {error.start}", "the file is not UTF-8", "Save it as UTF-8")]
    reader = _Reader(text)
    slips: list[Slip] = []
    keys: dict[str, int] = {}
    folded: dict[str, str] = {}
    for kind, content in reader:
        if kind.lower() in ("string", "preamble") or reader.broken:
            continue
        key, pairs = content
        line = reader.lines[""]
        if key.lower() in folded:
            rule = f"this key stands already in line {keys[folded[key.lower()]]}"
            slips.append(Slip(f"{where}:{line}", key, rule, "Merge the two entries or rename one"))
            continue
        folded[key.lower()], keys[key] = key, line
        fields: dict[str, str] = {}
        for name, parts in pairs:
            if name.lower() in fields:
                slips.append(Slip(f"{where}:{line}", f"{key}: {name}", "the field stands twice", "Keep one"))
            fields[name.lower()] = " ".join("".join(parts).split())
        slips += _entry_slips(where, kind.lower(), key, fields, reader.lines)
    for line, message in reader.errors:
        slips.append(
            Slip(
                f"{where}:{line}",
                message,
                "the file cannot be read from here",
                "Look for a missing brace, comma or equals sign",
            )
        )
    return keys, slips
