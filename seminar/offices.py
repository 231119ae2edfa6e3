"""Offices of state, army and party on one line of time: who held what, and how sure the end is."""

from typing import Any

import pandas as pd

from .politics import all_weak
from .tables import load

#: Every institution of the years 1917 to 1922: the kind of office, and a name short enough for a figure.
PLACES: dict[str, tuple[str, str]] = {
    "politburo": ("party", "Politburo"),
    "orgburo": ("party", "Orgburo"),
    "secretariat": ("party", "Secretariat"),
    "bureau-1917": ("party", "The four"),
    "bureau-1919": ("party", "CC bureau"),
    "secretariat-1917": ("party", "Secretariat"),
    "centre-1917": ("party", "Centre"),
    "Agitation and propaganda department of the CC": ("party", "Agitprop"),
    "Caucasian Bureau, then Transcaucasian Committee": ("party", "Kavburo"),
    "Sovnarkom of the RSFSR": ("government", "Sovnarkom"),
    "Sovnarkom and STO of the RSFSR": ("government", "Deputy"),
    "Council of Defence, from 1920 Council of Labour and Defence (STO)": ("government", "Defence, STO"),
    "Nationalities, RSFSR": ("government", "Nationalities"),
    "State Control, RSFSR": ("government", "State Control"),
    "Workers’ and Peasants’ Inspection (Rabkrin)": ("government", "Rabkrin"),
    "Foreign Affairs": ("government", "Foreign"),
    "Transport (NKPS)": ("government", "Transport"),
    "Finance, RSFSR": ("government", "Finance"),
    "Finance": ("government", "Finance"),
    "Foreign Trade": ("government", "Trade"),
    "Gosplan": ("government", "Gosplan"),
    "VSNKh of the RSFSR": ("government", "Vesenkha"),
    "Cheka": ("government", "Cheka"),
    "VTsIK": ("government", "VTsIK"),
    "South of Russia": ("government", "Food, south"),
    "Military (and Naval) Affairs": ("army", "War"),
    "Revolutionary Military Council of the Republic": ("army", "Republic"),
    "Military Council of the North Caucasus Military District": ("army", "N. Caucasus"),
    "Revolutionary Military Council of the Southern Front": ("army", "South front"),
    "Revolutionary Military Council of the Western Front": ("army", "West front"),
    "Revolutionary Military Council of the South-Western Front": ("army", "S.-W. front"),
    "Ukrainian Council of the Labour Army": ("army", "Labour army"),
}
KINDS = ["government", "army", "party", "elsewhere"]


def offices(since: str = "1917-11-07", until: str = "1922-12-31") -> pd.DataFrame:
    """Posts held and seats in the party's bodies between two days: one row a spell, oldest first.

    Columns: ``person``, ``name``, ``surname``, ``office`` (short) and ``kind`` (one of KINDS; what is not in
    PLACES is "elsewhere"), ``start`` and ``end`` (the days between which the office is certain, cut at the two
    given), ``ended`` (False where nobody read when it ended: ``end`` is then the last day on which the
    source still shows it), ``first`` and ``last`` (the days between which it is possible; ``last`` is ``end``
    where nobody read it), ``then`` (words for what came after ``end``) and ``weak`` (as ``politics.spells``
    says). Offers and candidates are left out.
    """
    posts = load("posts")
    posts = posts[posts["holding"] != "offered"].assign(where=lambda table: table["institution"])
    seats = load("memberships")
    seats = seats[~seats["role"].astype(str).str.startswith("candidate")].assign(where=lambda table: table["body"])
    columns = ["person", "where", "start_start", "start_end", "end", "end_start", "end_end", "source"]
    both = pd.concat([posts[columns], seats[columns]]).merge(load("people")[["person", "name"]], on="person")
    low, high = pd.Timestamp(since), pd.Timestamp(until)
    places = [PLACES.get(str(where), ("elsewhere", str(where))) for where in both["where"]]
    frame = both[["person", "name"]].assign(
        surname=both["name"].str.split().str[-1],
        office=[short for _, short in places],
        kind=[kind for kind, _ in places],
        start=both["start_end"].mask(both["start_end"] < low, low),
        end=both["end_start"].mask(~(both["end_start"] < high), high),
        ended=both["end"].isna() | both["end_end"].notna(),
        first=both["start_start"].mask(both["start_start"] < low, low),
        last=both["end_end"].mask(~(both["end_end"] < high), high),
        weak=[all_weak(keys) for keys in both["source"]],
    )
    frame["last"] = frame["last"].where(frame["ended"], frame["end"])
    frame["then"] = frame["last"].dt.strftime("over by %Y-%m-%d").mask(frame["end"] == frame["last"], "over")
    frame["then"] = frame["then"].mask(frame["end"] == high, "held on").where(frame["ended"], "end not read")
    frame = frame[frame["start"] < frame["end"]]
    return frame.sort_values(["start", "name", "office"], ignore_index=True)


def until_known(frame: pd.DataFrame, ends: str, last: str = "1922-12-31") -> pd.DataFrame:
    """``frame`` of ``offices`` with the ends that nobody read treated in one of three ways.

    "cut": the office ends where the source last shows it. "run": it runs to ``last``. "drop": the row is left out.
    """
    if ends == "drop":
        return frame[frame["ended"]]
    if ends == "run":
        return frame.assign(end=frame["end"].where(frame["ended"], pd.Timestamp(last)))
    return frame


def held(frame: pd.DataFrame, day: Any) -> pd.DataFrame:
    """The rows of ``frame`` that run on ``day``; on the day of an end the office is over."""
    when = pd.Timestamp(day)
    return frame[(frame["start"] <= when) & (when < frame["end"])]


def counted(frame: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """How many offices each person held on each of ``days``: a row a day, a column a surname."""
    people = list(frame["surname"].unique())
    rows = [held(frame, day)["surname"].value_counts().reindex(people, fill_value=0) for day in days]
    return pd.DataFrame(rows, index=days)
