"""Who sat where: the spells of membership, the lists by election, and the rules that bind them."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book import evidence, evidence_politics  # noqa: E402
from seminar_book.package import Table  # noqa: E402

from seminar import load  # noqa: E402
from seminar.politics import sitting  # noqa: E402

SHIPPED = evidence.read(ROOT)


def names(body: str, day: str, role: str | None = None) -> set[str]:
    return set(sitting(body, day, role)["person"])


# --- the function, against names written here by hand -------------------------------------------

TEN = "lenin trotsky stalin kamenev zinoviev tomsky rykov bukharin kalinin molotov"
#: Every change in the Politburo: the day, its full members, its candidates.
POLITBURO = [
    ("1919-03-25", "lenin kamenev krestinsky stalin trotsky", "bukharin zinoviev kalinin"),
    ("1919-04-13", "lenin kamenev krestinsky stalin trotsky stasova", "bukharin zinoviev kalinin"),
    ("1919-09-26", "lenin kamenev krestinsky stalin trotsky", "bukharin zinoviev kalinin"),
    ("1920-04-05", "lenin kamenev krestinsky stalin trotsky", "bukharin zinoviev kalinin"),
    ("1921-03-16", "lenin kamenev stalin trotsky zinoviev", "bukharin kalinin molotov"),
    ("1922-04-03", "lenin kamenev stalin trotsky zinoviev rykov tomsky", "bukharin kalinin molotov"),
    ("1923-04-26", "lenin kamenev stalin trotsky zinoviev rykov tomsky", "bukharin kalinin molotov rudzutak"),
    ("1924-01-21", "kamenev stalin trotsky zinoviev rykov tomsky", "bukharin kalinin molotov rudzutak"),
    (
        "1924-06-02",
        "kamenev stalin trotsky zinoviev rykov tomsky bukharin",
        "kalinin molotov rudzutak dzerzhinsky sokolnikov frunze",
    ),
    (
        "1925-10-31",
        "kamenev stalin trotsky zinoviev rykov tomsky bukharin",
        "kalinin molotov rudzutak dzerzhinsky sokolnikov",
    ),
    (
        "1926-01-01",
        "bukharin voroshilov zinoviev kalinin molotov rykov stalin tomsky trotsky",
        "rudzutak dzerzhinsky petrovsky uglanov kamenev",
    ),
    (
        "1926-07-20",
        "bukharin voroshilov zinoviev kalinin molotov rykov stalin tomsky trotsky",
        "rudzutak petrovsky uglanov kamenev",
    ),
    (
        "1926-07-23",
        "bukharin voroshilov kalinin molotov rykov rudzutak stalin tomsky trotsky",
        "petrovsky uglanov ordzhonikidze andreyev kirov mikoyan kaganovich kamenev",
    ),
    (
        "1926-10-23",
        "bukharin voroshilov kalinin molotov rykov rudzutak stalin tomsky",
        "petrovsky uglanov ordzhonikidze andreyev kirov mikoyan kaganovich",
    ),
    (
        "1926-11-03",
        "bukharin voroshilov kalinin molotov rykov rudzutak stalin tomsky",
        "petrovsky uglanov andreyev kirov mikoyan kaganovich chubar",
    ),
    (
        "1927-12-19",
        "bukharin voroshilov kalinin kuibyshev molotov rykov rudzutak stalin tomsky",
        "petrovsky uglanov andreyev kirov mikoyan kaganovich chubar kosior-s",
    ),
    (
        "1929-04-29",
        "bukharin voroshilov kalinin kuibyshev molotov rykov rudzutak stalin tomsky",
        "petrovsky andreyev kirov mikoyan kaganovich chubar kosior-s",
    ),
    (
        "1929-06-21",
        "bukharin voroshilov kalinin kuibyshev molotov rykov rudzutak stalin tomsky",
        "petrovsky andreyev kirov mikoyan kaganovich chubar kosior-s syrtsov",
    ),
    (
        "1929-11-17",
        "voroshilov kalinin kuibyshev molotov rykov rudzutak stalin tomsky",
        "petrovsky andreyev kirov mikoyan kaganovich chubar kosior-s syrtsov",
    ),
]


@pytest.mark.parametrize("at", range(len(POLITBURO)), ids=[day for day, _, _ in POLITBURO])
def test_politburo_at_every_change(at: int) -> None:
    """The new composition sits on the day itself; the old one sat the day before."""
    day, members, candidates = POLITBURO[at]
    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    unsure = {"bauman"} if day > "1927-12-19" else set()
    assert names("politburo", day, "member") == set(members.split())
    assert names("politburo", day, "candidate") - unsure == set(candidates.split())
    unsure = {"bauman"} if before > "1927-12-19" else set()
    old = ("", "", "") if at == 0 else POLITBURO[at - 1]
    assert names("politburo", before, "member") == set(old[1].split())
    assert names("politburo", before, "candidate") - unsure == set(old[2].split())


def test_no_change_is_missing_above() -> None:
    spells = load("memberships").query("body == 'politburo'")
    days = {*spells["start"], *spells["end"].dropna()}
    exact = {day for day in days if "/" not in day and day <= "1929-12-31"}
    again = {"1920-04-05"}  # an election that changed nobody
    assert exact | again == {day for day, _, _ in POLITBURO}


#: General or responsible secretary, secretaries, candidates, at every change of the Secretariat.
SECRETARIAT = [
    ("1919-03-25", "stasova", "", ""),
    ("1919-11-29", "stasova krestinsky", "", ""),
    ("1920-04-05", "krestinsky", "preobrazhensky serebryakov", ""),
    ("1921-03-16", "molotov", "mikhailov-v yaroslavsky", ""),
    ("1921-08-08", "molotov", "mikhailov-v", ""),
    ("1922-04-03", "stalin", "molotov kuibyshev", ""),
    ("1923-04-26", "stalin", "molotov rudzutak", ""),
    ("1924-02-02", "stalin", "molotov", ""),
    ("1924-02-03", "stalin", "molotov andreyev", ""),
    ("1924-06-02", "stalin", "molotov andreyev zelensky kaganovich", ""),
    ("1924-08-20", "stalin", "molotov andreyev kaganovich uglanov", ""),
    ("1925-04-30", "stalin", "molotov andreyev uglanov bubnov", ""),
    ("1926-01-01", "stalin", "molotov uglanov yevdokimov kosior-s", "artyukhina bubnov"),
    ("1926-04-09", "stalin", "molotov uglanov kosior-s shvernik", "artyukhina bubnov"),
    ("1927-04-16", "stalin", "molotov uglanov kosior-s kubyak", "artyukhina bubnov"),
    ("1927-12-19", "stalin", "molotov uglanov kosior-s kubyak", "artyukhina bubnov moskvin"),
    ("1928-04-11", "stalin", "molotov uglanov kosior-s smirnov-a", "artyukhina bubnov moskvin bauman"),
    ("1928-07-12", "stalin", "molotov uglanov smirnov-a kaganovich", "artyukhina bubnov moskvin bauman"),
    ("1929-04-29", "stalin", "molotov smirnov-a kaganovich bauman", "artyukhina bubnov moskvin"),
]


@pytest.mark.parametrize("at", range(len(SECRETARIAT)), ids=[row[0] for row in SECRETARIAT])
def test_secretariat_at_every_change(at: int) -> None:
    before = (date.fromisoformat(SECRETARIAT[at][0]) - timedelta(days=1)).isoformat()
    for day, row in ((SECRETARIAT[at][0], SECRETARIAT[at]), (before, SECRETARIAT[at - 1] if at else ("", "", "", ""))):
        head = names("secretariat", day, "general secretary") | names("secretariat", day, "responsible secretary")
        found = (head, names("secretariat", day, "secretary"), names("secretariat", day, "candidate secretary"))
        assert found == tuple(set(part.split()) for part in row[1:]), day


def test_bureaux_of_1917() -> None:
    assert len(sitting("narrow-1917", "1917-09-01")) == 11
    assert not {"lenin", "trotsky"} & names("narrow-1917", "1917-09-01")
    seven = {"lenin", "zinoviev", "kamenev", "trotsky", "stalin", "sokolnikov", "bubnov"}
    assert names("politburo-1917", "1917-10-23") == seven
    assert names("centre-1917", "1917-11-07") == {"sverdlov", "stalin", "dzerzhinsky", "bubnov", "uritsky"}
    assert names("bureau-1917", "1918-02-10") == {"lenin", "stalin", "trotsky", "sverdlov"}
    assert sitting("politburo", "1917-11-07").empty


def test_orgburo_where_a_whole_list_was_read() -> None:
    assert names("orgburo", "1919-01-16") == {"vladimirsky", "krestinsky", "sverdlov"}
    five = {"stalin", "krestinsky", "serebryakov", "beloborodov", "stasova"}
    assert names("orgburo", "1919-03-25", "member") == five
    assert names("orgburo", "1919-03-25", "candidate") == {"muranov"}
    seven = {"stalin", "molotov", "kuibyshev", "rykov", "tomsky", "dzerzhinsky", "andreyev"}
    assert names("orgburo", "1922-04-03", "member") == seven


def test_an_unknown_day_is_marked() -> None:
    found = sitting("politburo", "1929-12-31").set_index("person")["certain"]
    assert list(found[~found].index) == ["bauman"]
    assert sitting("politburo", "1927-12-19")["certain"].all()
    moskvin = sitting("secretariat", "1929-01-01").set_index("person").loc["moskvin"]
    assert not moskvin["certain"]


def test_sitting_takes_dates_and_keeps_its_columns() -> None:
    frame = sitting("politburo", date(1922, 12, 24))
    assert list(frame.columns) == ["person", "name", "role", "start", "end", "certain"]
    assert frame.equals(sitting("politburo", "1922-12-24"))
    assert frame.equals(sitting("politburo", pd.Timestamp(1922, 12, 24, 18, 50)))
    assert set(frame["person"]) == set(TEN.split())
    assert list(frame["role"]) == ["member"] * 7 + ["candidate"] * 3


@pytest.mark.parametrize(
    ("body", "day", "role", "message"),
    [
        ("politbureau", "1922-01-01", None, "no body called “politbureau”. Did you mean “politburo”"),
        ("politburo", "1922-01-01", "full", "no role called “full”"),
        ("politburo", "1922", None, "not one day"),
        ("politburo", "1922-02-30", None, "not a day of the calendar"),
        ("politburo", "1930-01-01", None, "ends with 1929"),
        ("politburo", None, None, "Give a day"),
    ],
)
def test_sitting_refuses_with_a_sentence(body: str, day: str, role: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sitting(body, day, role)


# --- the two views and the rules ----------------------------------------------------------------


def test_spells_and_lists_agree_by_pandas_too() -> None:
    """The comparison that the build makes, made once more by other means."""
    chosen = load("compositions")
    for election in load("elections").itertuples():
        listed = chosen[chosen["election"] == election.election]
        found = sitting(str(election.body), str(election.date))
        pairs = set(zip(listed["person"], listed["role"].astype(str), strict=True))
        sat = set(zip(found["person"], found["role"].astype(str), strict=True))
        assert pairs <= sat, election.election
        if election.whole == "both":
            assert pairs == sat, election.election
            assert found["certain"].all()


def test_people_of_all_tables_are_there() -> None:
    known = set(load("people")["person"])
    used = {*load("memberships")["person"], *load("compositions")["person"], *load("posts")["person"]}
    for table, column in (("events", "people"), ("letters", "author")):
        used |= {name for cell in load(table)[column].dropna() for name in cell.split(";")}
    assert used <= known
    actors = set(load("people").query("group == 'actor'")["person"])
    assert actors - used <= {"sklyansky", "ulyanova"}


def test_only_verified_rows_are_shipped() -> None:
    for name in ("people", "bodies", "memberships", "elections", "compositions", "posts", "meetings", "events"):
        assert set(load(name)["status"]) == {"verified"}, name
    assert set(load("letters")["status"]) | set(load("party-membership")["status"]) == {"verified"}


#: Rows that rest on Wikipedia and nothing else. A better source lowers the number; nothing may raise it.
WIKIPEDIA_ALONE = {
    "people": 14, "bodies": 1, "memberships": 20, "elections": 1, "compositions": 61, "posts": 5, "meetings": 7,
    "events": 6,
}  # fmt: skip


@pytest.mark.parametrize("name", WIKIPEDIA_ALONE)
def test_no_more_rows_rest_on_wikipedia_alone(name: str) -> None:
    sources = load(name)["source"].str.split()
    alone = sum(all(key == "wikidata" or key.startswith("wikipedia-") for key in keys) for keys in sources)
    assert alone == WIKIPEDIA_ALONE[name], "Write the number that is right, if it is lower."


def test_what_attests_another_day_says_so() -> None:
    """These sources list who sat on one day; a row about another day must name that day."""
    days = {
        "politburo-protocol77": "17 November 1921", "politburo-protocol22": "9 August 1923",
        "politburo-church": "May 1922", "wsws-october1923": "19 October 1923", "istmat47933": "5 August 1930",
    }  # fmt: skip
    seen = set()
    for name in ("memberships", "elections", "compositions"):
        for row in load(name).itertuples():
            keys = str(row.source).split()
            for key in days.keys() & set(keys):
                assert days[key] in str(row.locator).split(";")[keys.index(key)], f"{name}: {row.locator}"
                seen.add(key)
    assert seen == set(days)


def set_cell(file: str, key: str, column: str, value: str) -> dict[str, bytes]:
    """The package with one cell changed in the row that begins with ``key``."""
    rows = list(csv.reader(io.StringIO(SHIPPED[f"data/{file}.csv"].decode())))
    row = next(row for row in rows if row[0] == key)
    row[rows[0].index(column)] = value
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return SHIPPED | {f"data/{file}.csv": text.getvalue().encode()}


def told(files: dict[str, bytes]) -> list[str]:
    """What the rules of this part say; the whole gate takes seconds."""
    tables = {}
    for resource in json.loads(files["data/datapackage.json"])["resources"]:
        header, *rows = csv.reader(io.StringIO(files[f"data/{resource['path']}"].decode()))
        tables[resource["name"]] = Table(resource, header, rows, list(range(2, len(rows) + 2)), set())
    return [str(slip) for slip in evidence_politics.check(tables)]


DAMAGES = {
    "an end before its start": (
        "memberships", "secretariat-kubyak-1927", "end", "1926-04-16",
        '"1926-04-16" lies before start, 1927-04-16. Look which of the two is wrong.',
    ),
    "a dead man in office": (
        "posts", "vsnkh-ussr-dzerzhinsky-1924", "end", "",
        '"" lies after the death of dzerzhinsky, 1926-07-20; an empty end is after 1929.',
    ),
    "in post before birth": (
        "people", "syrtsov", "born", "1930-01-01", '"1929-06-21" lies before the birth of syrtsov, 1930-01-01.',
    ),
    "twice in one body": (
        "memberships", "secretariat-kaganovich-1924", "end", "1928-12-31",
        '"1928-07-12" cannot be: the person sits in that body already, from 1924-06-02',
    ),
    "a spell that a list lacks": (
        "memberships", "politburo-trotsky-1919", "end", "1926-11-30",
        '"trotsky" sits as member on 1926-10-23, but is not in politburo-1926-10-23.',
    ),
    "a list without a spell": (
        "memberships", "politburo-rykov-1922", "start", "1922-04-04",
        '"rykov" has no spell as member in memberships that runs on 1922-04-03.',
    ),
    "a wrong number": (
        "elections", "politburo-1922-04-03", "members", "8", '"8" does not fit the list, which has 7.',
    ),
    "an election on the wrong day": (
        "elections", "secretariat-1921-03-16", "meeting", "plenum-1922-04-03",
        '"1921-03-16" is no day of plenum-1922-04-03, which sat 1922-04-03.',
    ),
    "Old Style miscounted": (
        "events", "october", "date_os", "1917-10-26",
        '"1917-10-26" is not Old Style of 1917-11-07. Write 1917-10-25, or mend the other.',
    ),
    "Old Style after the reform": (
        "events", "brest-signed", "date_os", "1918-02-18", "after the reform of the calendar. Empty it.",
    ),
    "a spell after its body": (
        "memberships", "centre-1917-stalin-1917", "end", "1919-01-01",
        '"1919-01-01" lies after the body ended, 1917-11-08',
    ),
    "a stranger in an event": (
        "events", "october", "people", "lenin;trotski", "names trotski, who is not in the table people. "
        "Did you mean trotsky? Mend it or add the person.",
    ),
    "a doubt without a name": (
        "letters", "addition", "contested_by", "", '"yes" does not go with contested_by: both are filled or neither.',
    ),
    "a sum that is none": (
        "party-membership", "congress-15", "total", "1236191",
        "is not the sum of members and candidates. Write 1236190",
    ),
    "a printed text without its basis": (
        "outbox", "pss54-441", "basis", "", '"printed" does not go with volume, pages and basis',
    ),
    "a place too many": (
        "events", "october", "locator", "a; b; c", '"a; b; c" has 3 parts for 2 sources.',
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_told(kind: str) -> None:
    file, key, column, value, message = DAMAGES[kind]
    slips = told(set_cell(file, key, column, value))
    assert any(message in slip for slip in slips), slips


def test_nothing_is_told_of_what_is_shipped() -> None:
    assert told(SHIPPED) == []


def test_the_gate_asks_these_rules_too() -> None:
    files = set_cell("memberships", "secretariat-kubyak-1927", "end", "1926-04-16")
    assert any("lies before start, 1927-04-16" in str(slip) for slip in evidence.check(files))


def test_damaged_tables_do_not_break_the_rules() -> None:
    """Each column of each table emptied, or filled with what is no date, no name and no number."""
    for name in evidence_politics.TABLES:
        rows = list(csv.reader(io.StringIO(SHIPPED[f"data/{name}.csv"].decode())))
        for at in range(len(rows[0])):
            for odd in ("", "1922/23", ";;", "-1"):
                text = io.StringIO()
                changed = [rows[0], *([*row[:at], odd, *row[at + 1 :]] for row in rows[1:])]
                csv.writer(text, lineterminator="\n").writerows(changed)
                told(SHIPPED | {f"data/{name}.csv": text.getvalue().encode()})


def test_two_holders_of_one_post_are_told() -> None:
    files = set_cell("posts", "gosplan-tsyurupa-1923", "start", "1922-12-11")
    slips = told(files)
    assert any("cannot be: the post is held by somebody already" in slip for slip in slips), slips


def test_old_and_new_style_of_both_centuries() -> None:
    rows = load("meetings").set_index("meeting")
    for meeting, days in (("congress-01", 12), ("congress-02", 13)):
        row = rows.loc[meeting]
        assert (row["date_start"] - row["date_os_start"]).days == days
