"""What the tables of people, bodies and posts must hold together.

``evidence`` judges structure, keys, dates and codes. Here stand the rules that need two cells or two tables: nobody in
office before birth or after death, nobody in one body twice at once, one holder of one post, Old Style beside the right
New Style, and at every election the spells of membership against the list of those chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from seminar.dates import parse

from .package import Slip, Table, hint

TABLES = (
    "people", "bodies", "memberships", "elections", "compositions", "posts", "meetings", "events", "letters",
    "outbox", "party-membership",
)  # fmt: skip
REFORM = date(1918, 2, 14)  # first day of the new calendar in Russia
CENTURY = date(1900, 3, 13)  # from here on the old calendar is 13 days behind, before it 12
LAST = date(1929, 12, 31)  # an empty end is an end after this day
EARLY, LATE = date.min, date.max
SINGLE = ("chairman", "people’s commissar")
Spell = tuple[date, date, date, date]


@cache
def _span(text: str) -> tuple[date, date] | None:
    """First and last day that a date in EDTF can mean; None where it is empty or no date (told elsewhere)."""
    try:
        first, last = parse(text)
    except ValueError:
        return None
    return first or EARLY, last or LATE


@dataclass(frozen=True)
class Row:
    """One row that knows its place."""

    table: Table
    number: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def span(self, name: str) -> tuple[date, date] | None:
        """First and last day that a cell can mean."""
        return _span(self[name])

    def spell(self) -> Spell | None:
        """First and last day of the start, first and last day of the end; an empty end is after everything."""
        start, end = self.span("start"), self.span("end") if self["end"] else (LATE, LATE)
        return (*start, *end) if start and end else None

    def slip(self, column: str, rule: str, remedy: str) -> Slip:
        return self.table.slip(self.number, column, self[column], rule, remedy)


def check(tables: dict[str, Table]) -> Iterator[Slip]:
    """Everything wrong between the rows of the political tables. A table that is missing is told elsewhere."""
    rows = {name: list(_rows(tables[name])) if name in tables else [] for name in TABLES}
    people, spells, posts = rows["people"], rows["memberships"], rows["posts"]
    held = [row for row in posts if row["holding"] == "held" and row["title"] in SINGLE]
    yield from _order(people, "born", "died")
    yield from _order([*spells, *posts], "start", "end")
    yield from _lives(people, [*spells, *posts])
    yield from _twice(spells, ("body", "person"), "the person", "sits in that body already")
    yield from _twice(held, ("title", "institution"), "the post", "is held by somebody already")
    yield from _styles(spells, "start", "start_os")
    for name in ("elections", "meetings", "events", "letters"):
        yield from _styles(rows[name], "date", "date_os")
    yield from _periods(rows["bodies"], spells)
    yield from _elections(rows)
    if people:
        yield from _names(people, rows["events"], "people")
        yield from _names(people, rows["letters"], "author")
    for row in rows["letters"]:
        if bool(row["contested"]) != bool(row["contested_by"]):
            rule = "does not go with contested_by: both are filled or neither."
            yield row.slip("contested", rule, "Name who doubts it, or empty both.")
    for row in rows["outbox"]:
        if (row["standing"] == "printed") != bool(row["volume"] and row["pages"] and row["basis"]):
            rule = "does not go with volume, pages and basis: a printed text has all three, and no other text."
            yield row.slip("standing", rule, "Fill them, or say that the text is not printed as a letter.")
    yield from _sums(rows["party-membership"])
    for name in TABLES:
        yield from _places(rows[name])


def _rows(table: Table) -> Iterator[Row]:
    return (Row(table, number, cells) for number, cells in table.records())


def _order(rows: Iterable[Row], first: str, last: str) -> Iterator[Slip]:
    for row in rows:
        start, end = row.span(first), row.span(last)
        if start and end and end[1] < start[0]:
            yield row.slip(last, f"lies before {first}, {row[first]}.", "Look which of the two is wrong.")


def _lives(people: Iterable[Row], rows: Iterable[Row]) -> Iterator[Slip]:
    """Nobody before birth, nobody after death."""
    born = {row["person"]: row.span("born") for row in people}
    died = {row["person"]: row.span("died") for row in people}
    for row in rows:
        spell, birth, death = row.spell(), born.get(row["person"]), died.get(row["person"])
        if spell and birth and spell[1] < birth[0]:
            rule = f"lies before the birth of {row['person']}, {birth[0]}."
            yield row.slip("start", rule, "Mend the start or the birth.")
        if spell and death and min(spell[2], LAST) > death[1]:
            rule = f"lies after the death of {row['person']}, {death[1]}; an empty end is after 1929."
            yield row.slip("end", rule, "End it at the latest with the death.")


def _twice(rows: Iterable[Row], names: tuple[str, ...], what: str, why: str) -> Iterator[Slip]:
    """Two rows that agree in ``names`` and certainly run on the same day."""
    groups: dict[tuple[str, ...], list[tuple[Row, Spell]]] = {}
    for row in rows:
        if not (spell := row.spell()):
            continue
        group = groups.setdefault(tuple(row[name] for name in names), [])
        for other, theirs in group:
            if max(spell[1], theirs[1]) < min(spell[2], theirs[2]):
                rule = f"cannot be: {what} {why}, from {other['start']} (row {other.number})."
                yield row.slip("start", rule, "End the earlier one, or mend the days.")
        group.append((row, spell))


def _styles(rows: Iterable[Row], new: str, old: str) -> Iterator[Slip]:
    """Old Style is 12 days behind before 13 March 1900 and 13 after, and ends in February 1918."""
    for row in rows:
        here, there = row.span(new), row.span(old)
        if not here or not there:
            continue
        if here[0] >= REFORM:
            yield row.slip(old, f"is Old Style of {row[new]}, after the reform of the calendar.", "Empty it.")
        elif row[new].count("-") == 2 * (1 + row[new].count("/")) and here[0] > EARLY and here[1] < LATE:
            right = tuple(day - timedelta(days=13 if day >= CENTURY else 12) for day in here)
            if right != there:
                named = "/".join(dict.fromkeys(day.isoformat() for day in right))
                yield row.slip(old, f"is not Old Style of {row[new]}.", f"Write {named}, or mend the other.")


def _periods(bodies: Iterable[Row], spells: Iterable[Row]) -> Iterator[Slip]:
    """No spell outside the time of its body."""
    periods = {row["body"]: row.span("period") for row in bodies}
    for row in spells:
        period, spell = periods.get(row["body"]), row.spell()
        if period and spell and spell[1] < period[0]:
            yield row.slip("start", f"lies before the body began, {period[0]}.", "Mend it or the body’s period.")
        if period and spell and spell[2] > period[1]:
            rule = f"lies after the body ended, {period[1]}; an empty end is after 1929."
            yield row.slip("end", rule, "Mend it or the body’s period.")


def _elections(rows: dict[str, list[Row]]) -> Iterator[Slip]:
    """At every election the spells say the same as the list of those chosen."""
    lists: dict[str, dict[tuple[str, str], Row]] = {}
    for row in rows["compositions"]:
        lists.setdefault(row["election"], {})[row["person"], row["role"]] = row
    meetings = {row["meeting"]: row for row in rows["meetings"]}
    for election in rows["elections"]:
        day = election.span("date")
        if not day or day[0] != day[1]:
            continue
        sure, possible = _sitting(rows["memberships"], election["body"], day[0])
        chosen = lists.get(election["election"], {})
        for who, row in chosen.items() if rows["memberships"] else ():
            if who not in sure:
                rule = f"has no spell as {who[1]} in memberships that runs on {election['date']}."
                yield row.slip("person", rule, "Mend the list or the spell.")
        for part, candidates in (("members", False), ("candidates", True)):
            whole = election["whole"] in ("both", part)
            count = sum(role.startswith("candidate") == candidates for _, role in chosen)
            if whole and rows["compositions"]:
                for who, row in possible.items():
                    if who not in chosen and who[1].startswith("candidate") == candidates:
                        rule = f"sits as {who[1]} on {election['date']}, but is not in {election['election']}."
                        yield row.slip("person", rule, "Mend the spell, or the list, which is called whole.")
            said = election[part]
            if rows["compositions"] and said.isdecimal() and (count > int(said) or (whole and count != int(said))):
                rule = f"does not fit the list, which has {count}."
                yield election.slip(part, rule, "Count again, or mend the list.")
        meeting = meetings.get(election["meeting"])
        days = meeting.span("date") if meeting else None
        if meeting and days and not days[0] <= day[0] <= days[1]:
            rule = f"is no day of {election['meeting']}, which sat {meeting['date']}."
            yield election.slip("date", rule, "Give the right meeting or day.")


def _sitting(
    spells: Iterable[Row], body: str, day: date
) -> tuple[set[tuple[str, str]], dict[tuple[str, str], Row]]:
    """Who sat on ``day`` for certain, and who may have, with the role."""
    sure: set[tuple[str, str]] = set()
    possible: dict[tuple[str, str], Row] = {}
    for row in spells:
        spell = row.spell()
        if spell and row["body"] == body:
            who = row["person"], row["role"]
            if spell[0] <= day < spell[3]:
                possible[who] = row
            if spell[1] <= day < spell[2]:
                sure.add(who)
    return sure, possible


def _names(people: Iterable[Row], rows: Iterable[Row], column: str) -> Iterator[Slip]:
    """Names in a list are persons."""
    known = {row["person"] for row in people}
    for row in rows:
        for name in filter(None, row[column].split(";")):
            if name not in known:
                rule = f"names {name}, who is not in the table people.{hint(name, known)}"
                yield row.slip(column, rule, "Mend it or add the person.")


def _sums(rows: Iterable[Row]) -> Iterator[Slip]:
    for row in rows:
        parts = [row[name] for name in ("members", "candidates", "total")]
        if all(part.isdecimal() for part in parts) and int(parts[0]) + int(parts[1]) != int(parts[2]):
            rule = "is not the sum of members and candidates."
            yield row.slip("total", rule, f"Write {int(parts[0]) + int(parts[1])}, or mend the others.")


def _places(rows: Iterable[Row]) -> Iterator[Slip]:
    """As many places as sources."""
    for row in rows:
        sources, places = len(row["source"].split()), row["locator"].count(";") + 1
        if row["locator"] and sources != places:
            rule = f"has {places} parts for {sources} sources."
            yield row.slip("locator", rule, "Put ; between the places of two sources, and only there.")
