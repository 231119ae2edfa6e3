"""What people of the time said on an issue, dated and coded: strips of statements, and how far apart two stood."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from . import grids
from .listing import how_known
from .style import FAINT, PAPER, colour, rows, table
from .tables import load

#: Whose words a row rests on, with the mark that is drawn for it.
VOICES = {"own": "circle", "act": "diamond", "reported": "square"}
_MONTHS = 30.4375  # days


def statements(*people: str) -> pd.DataFrame:
    """The coded positions of the time by date; of ``people`` (surnames) where they are named.

    Columns: ``id``, ``issue`` (the scale), ``question``, ``person`` (surname), ``when`` (the first day that the
    date can mean), ``said`` (the date in a few letters), ``code`` (-2 to 2), ``says``, ``voice``, ``other`` (the code
    that another reader might give; missing where no doubt is on record), ``why`` (the doubt), ``doubtful``, ``read``
    (how the passage was read), ``source``, ``locator``.
    """
    found = load("positions").merge(load("scales")[["scale", "question"]], on="scale")
    found = found.merge(load("people")[["person", "name"]], on="person")
    found = found.merge(load("position-doubts")[["id", "other", "why"]], on="id", how="left")
    found = found.assign(
        issue=found["scale"].astype(str),
        person=found["name"].str.split().str[-1],
        when=pd.to_datetime(found["date_start"]),
        said=[spoken(first, last) for first, last in zip(found["date_start"], found["date_end"], strict=True)],
        code=found["code"].astype(int),
        voice=found["voice"].astype(str),
        doubtful=found["other"].notna(),
        read=how_known(found["known"]),
    )
    if people:
        found = found[found["person"].isin(people)]
    columns = ["id", "issue", "question", "person", "when", "said", "code", "says", "voice", "other", "why"]
    columns += ["doubtful", "read", "source", "locator"]
    return found.sort_values(["when", "id"], kind="stable")[columns].reset_index(drop=True)


def spoken(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """A day, whole months or a stretch of days in a few letters: "23 Apr ’22", "Jan–Mar ’22", "24–26 Dec ’22"."""
    if first == last:
        return f"{first.day} {first:%b ’%y}"
    one_year, one_month = first.year == last.year, first.to_period("M") == last.to_period("M")
    if first.is_month_start and last.is_month_end and one_year:
        return f"{first:%b ’%y}" if one_month else f"{first:%b}–{last:%b ’%y}"
    begins = f"{first.day}" if one_month else f"{first.day} {first:%b}"
    return f"{begins}–{last.day} {last:%b ’%y}"


def meanings(issue: str) -> pd.DataFrame:
    """What the codes of an issue mean: ``shown`` (the code with its sign) and ``meaning``, from -2 to 2."""
    codes = load("scale-codes")
    own = codes[codes["scale"].astype(str) == issue].assign(value=lambda frame: frame["value"].astype(int))
    own = own.sort_values("value")
    return own.assign(shown=own["value"].map(signed))[["shown", "meaning"]].reset_index(drop=True)


def signed(code: int) -> str:
    """A code with its sign, and a true minus."""
    return f"{code:+d}".replace("-", "−") if code else "0"


def strip(fig: go.Figure, said: pd.DataFrame, *, ends: Sequence[str] = ("", ""), by: str = "") -> None:
    """Draw ``said`` (as ``statements`` gives it) one below the other by date, each at its code.

    A circle stands for own words, a diamond for an act, a square for another's report; it is open where the code is
    doubtful, and holds the first letter of the person. ``ends`` are words for the codes -2 and 2; rows that share
    a value in the column ``by`` are ruled off. The table below the figure names everything.
    """
    lines = said.reset_index(drop=True)
    lines["line"] = [str(n) for n in lines.index]
    lines["shown"] = lines["code"].map(signed)
    told = lines["person"] + ", " + lines["said"] + ": " + lines["shown"] + " (" + lines["voice"] + ")"
    for person, own in lines.assign(told=told).groupby("person", sort=False):
        look = colour(str(person))
        inside = [PAPER if doubt else look for doubt in own["doubtful"]]
        mark = {"symbol": own["voice"].map(VOICES), "size": 17, "color": inside, "line": {"width": 2, "color": look}}
        fig.add_scatter(
            x=own["code"] + 2, y=own["line"], name=str(person), mode="markers+text", text=[str(person)[0]] * len(own),
            textfont={"color": [look if doubt else PAPER for doubt in own["doubtful"]]},
            hoverinfo="text", hovertext=own["told"], marker=mark,
        )  # fmt: skip
    for column in range(5):
        fig.add_shape(type="line", x0=column, x1=column, yref="y domain", y0=0, y1=1, layer="below",
                      line={"color": FAINT, "width": 1})  # fmt: skip
    codes = [signed(code) for code in range(-2, 3)]
    grids.columns(fig, *codes, words=[ends[0], "", "", "", ends[1]])
    rows(fig, *lines["line"], room=104, head=2 if any(ends) else 1.4)
    fig.update_yaxes(tickvals=list(lines["line"]), ticktext=list(lines["said"]))
    fig.update_layout(height=120 + 24 * len(lines))
    if by:
        grids.groups(fig, lines[by])
    lines["why"] = lines["why"].fillna("")
    heads = {"said": "When", "person": "Who", "shown": "Code", "says": "What", "voice": "Voice", "why": "Doubt",
             "read": "Source read"}  # fmt: skip
    table(fig, lines, **({by: "On"} if by else {}), **heads)


def distances(said: pd.DataFrame, one: str, other: str, *, months: float = 60) -> pd.DataFrame:
    """How many steps apart two people stood on each issue when both were first heard, and when last.

    A statement counts until the same person's next one, and for ``months`` at most. Every day on which one of the two
    spoke while a statement of the other counted is a comparison. One row an issue of ``said``: ``issue``,
    ``question``, ``compared`` (how many comparisons), ``first``, ``last`` (steps, 0 to 4; missing without a
    comparison), ``since``, ``until`` (the days), ``move``: nearer, level or further; "one day" or "never" where
    there are too few comparisons to tell.
    """
    found = []
    for (issue, question), own in said.groupby(["issue", "question"], sort=False):
        latest: dict[str, tuple[pd.Timestamp, int]] = {}
        gaps: dict[pd.Timestamp, int] = {}  # on one day the last words count
        both = own[own["person"].isin([one, other])].sort_values("when", kind="stable")
        for person, when, code in zip(both["person"], both["when"], both["code"], strict=True):
            latest[person] = (when, int(code))
            if len(latest) == 2:
                (begun, here), (after, there) = latest.values()
                if abs((begun - after).days) <= months * _MONTHS:
                    gaps[when] = abs(here - there)
        apart, days = list(gaps.values()), list(gaps)
        move = _moved(apart[-1] - apart[0]) if len(days) > 1 else ("never", "one day")[len(days)]
        ends = (apart[0], apart[-1], days[0], days[-1]) if days else (None,) * 4
        found.append((issue, question, len(days), *ends, move))
    names = ["issue", "question", "compared", "first", "last", "since", "until", "move"]
    return pd.DataFrame(found, columns=names).astype({"first": "Int64", "last": "Int64"})


def tally(moves: pd.Series[str], guess: float | None = None) -> str:
    """How many of ``moves`` (as in ``distances``) went which way: "nearer on 2, level on 1, unknown on 3".

    Without two comparisons a move is unknown. A ``guess`` at the number of "nearer" is told after them.
    """
    counts = moves.replace({"one day": "unknown", "never": "unknown"}).value_counts()
    told = [f"{move} on {counts[move]}" for move in ("nearer", "level", "further", "unknown") if move in counts]
    return ", ".join(told) + ("" if guess is None else f" (you: nearer on {guess:g})")


def steps(gap: int) -> str:
    """How far apart two codes are, in words: "level with", "1 step from", "2 steps from"."""
    return "level with" if not gap else f"{gap} step{'s' if gap > 1 else ''} from"


def _moved(change: int) -> str:
    return "nearer" if change < 0 else "further" if change > 0 else "level"
