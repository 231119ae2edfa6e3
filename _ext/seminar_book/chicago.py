"""Chicago notes and bibliography (18th edition): one BibTeX entry as rich text.

Three forms: ``full`` (first note in a page), ``short`` (every later note) and ``listed``
(the bibliography). Nothing here knows Sphinx or files. Choices the manual leaves open: dates
run day-month-year, page ranges are not abridged, places stand only with books printed up to
1900 or without a publisher (14.30), names are repeated and never replaced by dashes (13.73).
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Entry, Person
from pybtex.richtext import HRef, Tag, Text

from .dating import spoken

Link = Callable[[Any], Any]
FIXED = "\u00a0"  # the space inside "vol. 26" and "V. I.", where a line must not break
ITALIC = frozenset({"book"})
ABBREVIATIONS = {"ed": ("ed.", "eds."), "trans": ("trans.", "trans.")}


@cache
def plain(value: str) -> str:
    """A BibTeX value as readable text: no braces, real dashes and quotation marks."""
    return str(Text.from_latex(value)).replace("'", "’")


def field(entry: Entry, name: str) -> str:
    """One field as readable text, empty if the entry has not got it."""
    return plain(entry.fields[name]) if name in entry.fields else ""


def people(entry: Entry, role: str) -> list[Person]:
    """Authors, editors or translators, in the order of the entry."""
    if role in entry.persons:
        return list(entry.persons[role])
    return [Person(name) for name in split_name_list(entry.fields.get(role, ""))]


def _parts(person: Person) -> tuple[str, str, str]:
    """Given names, family name with its particle, and Jr. or the like."""
    given = re.sub(r"(?<=\b[A-Z]\.) (?=[A-Z]\.)", FIXED, plain(" ".join(person.first_names + person.middle_names)))
    family = plain(" ".join(person.prelast_names + person.last_names))
    return given, family, plain(" ".join(person.lineage_names))


def _forward(person: Person) -> str:
    given, family, lineage = _parts(person)
    return " ".join(filter(None, [given, family, lineage]))


def _inverted(person: Person) -> str:
    given, family, lineage = _parts(person)
    return ", ".join(filter(None, [family, given, lineage]))


def _listing(names: list[str], serial: bool = True) -> str:
    """``A``; ``A and B``; ``A, B, and C``. An inverted first name wants its comma (serial)."""
    if len(names) < 2:
        return "".join(names)
    comma = "," if len(names) > 2 or serial else ""
    return f"{', '.join(names[:-1])}{comma} and {names[-1]}"


def _is_others(person: Person) -> bool:
    return str(person) == "others"


def _note_names(persons: list[Person], show: Callable[[Person], str]) -> str:
    """At most two names; of three or more the first and et al. (18th ed., 13.23)."""
    if len(persons) > 2 or any(map(_is_others, persons)):
        return f"{show(persons[0])} et al."
    return _listing([show(person) for person in persons], serial=False)


def _listed_names(persons: list[Person]) -> str:
    """The first inverted; up to six names, of more the first three and et al."""
    others = any(map(_is_others, persons))
    named = [person for person in persons if not _is_others(person)]
    if len(named) > 6:
        named, others = named[:3], True
    shown = [_inverted(named[0]), *map(_forward, named[1:])]
    return f"{', '.join(shown)}, et al." if others else _listing(shown, serial=len(shown) > 1)


def locator_text(locator: str) -> str:
    """A locator as it is printed: no ``p.``, en dashes between figures."""
    bare = re.sub(r"^pp?\.\s*", "", locator.strip())
    return re.sub(r"(?<=\d)\s*(?:--|-|–)\s*(?=\d)", "–", bare)


class _Line:
    """Text that grows by pieces; commas and full stops go inside closing quotation marks."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.quote_open = False
        self.titled: tuple[str, Callable[[str], Any]] | None = None

    def _close(self, separator: str) -> None:
        mark = separator[0] if separator[:1] in (",", ".") else ""
        after = separator[len(mark) :]
        if mark == "." and str(Text(*self.parts)).rstrip("”’]").endswith((".", "?", "!")):
            mark = ""
        if mark and self.titled:  # a title that itself ends in quotation marks takes the mark inside them
            words, make = self.titled
            if words[-1:] in ("”", "’") and words.count("“‘"["”’".index(words[-1])]):
                self.parts[-1], mark = make(words[:-1] + mark + words[-1]), ""
        self.parts.append(mark + ("”" if self.quote_open else "") + after)
        self.quote_open, self.titled = False, None

    def add(self, piece: Any, separator: str = ", ") -> "_Line":
        """Append ``piece`` (text or nothing) after ``separator``."""
        if piece:
            if self.parts:
                self._close(separator)
            self.parts.append(piece)
        return self

    def title(self, words: str, make: Callable[[str], Any], separator: str, quoted: bool) -> "_Line":
        """Append a title, as ``make`` dresses it."""
        if self.parts:
            self._close(separator)
        self.parts += ["“"] * quoted + [make(words)]
        self.quote_open, self.titled = quoted, (words, make)
        return self

    def text(self, end: str = "") -> Text:
        """The whole line, closed by ``end``."""
        self._close(end)
        return Text(*self.parts)


def _edition(entry: Entry) -> str:
    edition = field(entry, "edition")
    if not edition.isdigit():
        return edition
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(edition[-1], "th")
    return f"{edition}{'th' if edition[-2:-1] == '1' else ending} ed."


def _date(entry: Entry, *names: str) -> str:
    """The first date the entry has, in words. EDTF's ~ is no LaTeX, so the value is taken as it is."""
    return next((spoken(entry.fields[name]) for name in names if name in entry.fields), "")


def _published(entry: Entry) -> str:
    return _date(entry, "date", "year")


def _imprint(entry: Entry) -> str:
    """Publisher and year; the place for books up to 1900 or without a publisher."""
    publisher, place, year = (field(entry, n) for n in ("publisher", "address", "year"))
    old = year.isdigit() and int(year) <= 1900
    house = ": ".join(filter(None, [place, publisher])) if old or not publisher else publisher
    return ", ".join(filter(None, [house, _published(entry)]))


def _series(entry: Entry) -> str:
    number = field(entry, "number")
    return " ".join(filter(None, [field(entry, "series"), number and f"no.{FIXED}{number}"]))


def _by(entry: Entry, role: str, word: str) -> str:
    persons = people(entry, role)
    return f"{word} {_note_names(persons, _forward)}" if persons else ""


def _emphasised(text: str) -> Text:
    """A description: what stands between asterisks is the title of a book."""
    return Text(*(Tag("em", part) if odd % 2 else part for odd, part in enumerate(text.split("*"))))


def _named(line: _Line, entry: Entry, words: str, separator: str, link: Link) -> None:
    """Append the title ``words``: italic for books, in quotation marks for what stands inside or beside them."""
    if entry.type in ITALIC:
        line.title(words, lambda title: link(Text(Tag("em", title))), separator, quoted=False)
    elif "title" in entry.fields:
        inner = words.replace("“", "‘").replace("”", "’")
        line.title(inner, lambda title: link(Text(title)), separator, quoted=True)
    else:
        line.add(link(_emphasised(words)), separator)


def _title(line: _Line, entry: Entry, separator: str, link: Link) -> None:
    """The title or description, then the English gloss in brackets."""
    _named(line, entry, field(entry, "title") or field(entry, "description"), separator, link)
    gloss = field(entry, "gloss")
    line.add(gloss and f"[{gloss}]", " ")


def _periodical(line: _Line, entry: Entry, separator: str) -> str:
    """Append the journal or newspaper; return what comes between it and a page."""
    published = _published(entry) and f"({_published(entry)})"
    if not field(entry, "journal"):
        line.add(published, " ")
        return ", "
    line.add(Text(Tag("em", field(entry, "journal").removeprefix("The "))), separator)
    volume, number = field(entry, "volume"), field(entry, "number")
    if field(entry, "entrysubtype") == "newspaper" or not (volume or number):
        line.add(_published(entry))
        return ", "
    line.add(volume, " ")
    line.add(number and f"no.{FIXED}{number}")
    line.add(published, " ")
    return ": "


def _volume(entry: Entry, word: str) -> Text | str:
    volume, main = field(entry, "volume"), field(entry, "maintitle")
    if not volume:
        return ""
    numbered = f"{word}{FIXED}{volume}"
    return Text(f"{numbered} of ", Tag("em", main)) if main else numbered


def _address(entry: Entry) -> Any:
    """The DOI, or else the address of a lawful copy, as a link."""
    doi, url = entry.fields.get("doi", ""), entry.fields.get("url", "")
    target = f"https://doi.org/{doi}" if doi else url
    return HRef(target, target, external=True) if target else ""


def _where_kept(entry: Entry) -> Iterable[str]:
    return filter(None, (field(entry, n) for n in ("collection", "archive", "address")))


def full(entry: Entry, locator: str = "", link: Link = lambda title: title) -> Text:
    """The first note for a work in a page; ``link`` wraps the title."""
    line, kind = _Line(), entry.type
    authors, editors = people(entry, "author"), people(entry, "editor")
    if authors:
        line.add(_note_names(authors, _forward))
    elif editors and kind != "incollection":
        line.add(_note_names(editors, _forward)).add("eds." if len(editors) > 1 else "ed.")
    _title(line, entry, ", ", link)
    before_page = ", "
    if kind in ("book", "incollection"):
        if kind == "incollection":
            line.add(_date(entry, "origdate"))
            line.add(Text("in ", Tag("em", field(entry, "booktitle"))))
            line.add(_volume(entry, "vol."))
        elif "maintitle" in entry.fields:
            line.add(_volume(entry, "vol."))
        line.add(_by(entry, "editor", "ed.") if authors or kind == "incollection" else "")
        line.add(_by(entry, "translator", "trans.")).add(_edition(entry))
        if kind == "book" and "maintitle" not in entry.fields:
            line.add(_volume(entry, "vol."))
        line.add(_series(entry))
        first = _date(entry, "origdate") if kind == "book" else ""
        imprint = "; ".join(filter(None, [first, _imprint(entry)]))
        line.add(imprint and f"({imprint})", " ")
    elif kind == "article":
        line.add(_by(entry, "translator", "trans."))
        before_page = _periodical(line, entry, ", ")
    elif kind == "thesis":
        facts = ", ".join(filter(None, [field(entry, "type"), field(entry, "school"), _published(entry)]))
        line.add(f"({facts})", " ")
    elif kind == "unpublished":
        line.add(_published(entry))
        for place in _where_kept(entry):
            line.add(place)
    elif kind == "dataset":
        version = field(entry, "version")
        line.add(version and f"version {version}")
        imprint = _imprint(entry)
        line.add(imprint and f"({imprint})", " ")
    elif kind == "online":
        line.add(field(entry, "website")).add(_published(entry)).add(_accessed(entry))
    number = locator_text(locator)
    line.add(number, before_page if number[:1].isdigit() else ", ")
    if kind in ("dataset", "online"):
        line.add(_address(entry))
    return line.text()


def _accessed(entry: Entry) -> str:
    """The day of reading, for a page that bears no date of its own (14.12)."""
    day = _date(entry, "urldate")
    return f"accessed {day}" if day and not _published(entry) else ""


def short_title(entry: Entry) -> str:
    """The entry's own short title, or its title without subtitle and leading article."""
    named = field(entry, "shorttitle")
    if named:
        return named
    title = field(entry, "title") or field(entry, "description")
    main = re.sub(r",? \(?\d{4}–\d{2,4}\)?$", "", re.split(r":\s", title, maxsplit=1)[0])
    return re.sub(r"^(?:The|A|An)\s+", "", main) if entry.type != "unpublished" else main


def short(entry: Entry, locator: str = "", link: Link = lambda title: title) -> Text:
    """Every later note: family names, short title, page."""
    line, number = _Line(), locator_text(locator)
    persons = people(entry, "author")
    if not persons and entry.type != "incollection":
        persons = people(entry, "editor")
    if persons:
        line.add(_note_names(persons, lambda person: _parts(person)[1]))
    _named(line, entry, short_title(entry), ", ", link)
    volume = field(entry, "volume")
    if entry.type == "book" and volume and "maintitle" not in entry.fields:
        number = (
            f"{volume}:{number}" if number[:1].isdigit() else ", ".join(filter(None, [f"vol.{FIXED}{volume}", number]))
        )
    return line.add(number).text()


def listed(entry: Entry) -> Text:
    """The entry of the bibliography."""
    line, kind = _Line(), entry.type
    authors, editors = people(entry, "author"), people(entry, "editor")
    if authors:
        line.add(_listed_names(authors))
    elif editors and kind != "incollection":
        line.add(_listed_names(editors)).add("eds" if len(editors) > 1 else "ed")
    _title(line, entry, ". ", lambda title: title)
    if kind == "incollection":
        line.add(_date(entry, "origdate"), ". ")
        line.add(Text("In ", Tag("em", field(entry, "booktitle"))), ". ")
        line.add(_volume(entry, "vol.")).add(_by(entry, "editor", "edited by"))
        line.add(_by(entry, "translator", "translated by")).add(_edition(entry))
        line.add(locator_text(field(entry, "pages"))).add(_series(entry), ". ")
        line.add(_imprint(entry), ". ")
    elif kind == "book":
        line.add(_by(entry, "editor", "Edited by") if authors else "", ". ")
        line.add(_by(entry, "translator", "Translated by"), ". ")
        line.add(_edition(entry)[:1].upper() + _edition(entry)[1:], ". ")
        line.add(_volume(entry, "Vol."), ". ").add(_series(entry), ". ").add(_imprint(entry), ". ")
        first = _date(entry, "origdate")
        line.add(first and f"First published {first}", ". ")
    elif kind == "article":
        line.add(_by(entry, "translator", "Translated by"), ". ")
        before_page = _periodical(line, entry, ". ")
        line.add(locator_text(field(entry, "pages")), before_page)
    elif kind == "thesis":
        degree = field(entry, "type")
        line.add(degree[:1].upper() + degree[1:], ". ").add(field(entry, "school")).add(_published(entry))
    elif kind == "unpublished":
        line.add(_published(entry), ". ")
        for number, place in enumerate(_where_kept(entry)):
            line.add(place, ", " if number else ". ")
    elif kind == "dataset":
        version = field(entry, "version")
        line.add(version and f"Version {version}", ". ").add(_imprint(entry), ". ")
    elif kind == "online":
        accessed = _accessed(entry)
        line.add(field(entry, "website"), ". ").add(_published(entry))
        line.add(accessed[:1].upper() + accessed[1:], ". ")
    line.add(_unseen(entry), ". ")
    return line.add(_address(entry), ". ").text(".")


def _unseen(entry: Entry) -> str:
    """What nobody making this book has read of the facts of publication."""
    missing = [name.strip() for name in field(entry, "unread").split(",") if name.strip()]
    return f"[{_listing(missing, serial=False).capitalize()} not seen.]" if missing else ""


def sort_key(entry: Entry) -> tuple[str, str, int, str]:
    """Order in the bibliography: names, then title without its article, then volume, then year."""
    persons = people(entry, "author") or people(entry, "editor")
    names = " ".join(" ".join(_inverted(person).split(", ")) for person in persons)
    title = (field(entry, "title") or field(entry, "description")).casefold().replace("*", "").lstrip("“‘")
    title = re.sub(r"^(?:the|a|an)\s+", "", title)
    volume = field(entry, "volume")
    return (names or title).casefold(), title, int(volume) if volume.isdigit() else 0, field(entry, "year")
