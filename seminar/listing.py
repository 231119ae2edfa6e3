"""A table for computing, years down and series across; one for reading, with words in place of codes."""

import os
from collections.abc import Mapping
from html import escape

import pandas as pd
from IPython.display import HTML

#: The codes of the column ``known``, in as few words as a narrow column takes; ``load("codes")`` explains them.
HOW_KNOWN = {
    "read-data-file": "data file",
    "read-copy": "full copy",
    "read-extract": "in part",
    "read-abstract": "abstract",
    "read-quoted": "quoted",
    "read-review": "review",
    "derived": "worked out",
}


def how_known(codes: pd.Series) -> pd.Series:
    """The codes of a column ``known`` in words. Raises KeyError for a code that has none."""
    return pd.Series([HOW_KNOWN[code] for code in codes.astype(str)], index=codes.index, name=codes.name)


def by_year(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The series in ``names`` side by side: a row a year, a column a series, named as ``names`` says.

    ``frame`` has the columns ``series``, ``start`` and ``value``, as ``load("economy")`` gives
    them. A year without a value is missing. Raises ValueError where a series has two values for
    one year: choose between them first.
    """
    chosen = frame[frame.series.isin(list(names))]
    chosen = chosen.assign(year=chosen.start.dt.year, series=chosen.series.astype(str))
    double = chosen[chosen.duplicated(["series", "year"])]
    if len(double):
        raise ValueError(f"More than one value for {double.series.iloc[0]} in {double.year.iloc[0]}.")
    wide = chosen.pivot(index="year", columns="series", values="value").reindex(columns=list(names))
    return wide.set_axis(list(names.values()), axis=1)


def listing(frame: pd.DataFrame, caption: str, *, fold: str = "", **columns: str) -> HTML:
    """A small table with a caption, for reading and not for computing.

    ``columns`` names the columns to show, in order, and what to print above each:
    ``listing(rows, "Moscow", period="When", value="People")``. Numbers stand to the right; an
    empty cell stays empty. JupyterLab shows the outputs that the book hides: there ``fold`` names
    what to click before the table is seen.
    """
    shown = columns or {str(name): str(name) for name in frame.columns}
    sides = {
        name: "right" if pd.api.types.is_numeric_dtype(frame[name]) else "left" for name in shown
    }
    head = "".join(_cell("th", title, sides[name]) for name, title in shown.items())
    columns_of_words = [_words(frame[name], sides[name] == "right") for name in shown]
    body = "".join(
        "<tr>" + "".join(map(_cell, ["td"] * len(shown), row, sides.values())) + "</tr>"
        for row in zip(*columns_of_words, strict=True)
    )
    table = (
        f'<table class="listing"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return HTML(folded(table, fold) if fold and in_jupyterlab() else table)


def in_jupyterlab() -> bool:
    """Whether a student runs this, and not the book's build: a server names the notebook to its kernel."""
    return "JPY_SESSION_NAME" in os.environ


def folded(html: str, words: str) -> str:
    """``html`` behind a line to click."""
    return f'<details><summary style="cursor: pointer; display: list-item">{escape(words)}</summary>{html}</details>'


def _cell(tag: str, text: str, side: str) -> str:
    # The side is said here because JupyterLab sets every cell of a table to the right.
    scope = ' scope="col"' if tag == "th" else ""
    return f'<{tag}{scope} style="text-align: {side}">{escape(text)}</{tag}>'


def _words(column: pd.Series, numeric: bool) -> list[str]:
    """The column as text; numbers with one decimal, or none where none of them needs one."""
    values = column.dropna()
    form = "{:,.0f}" if numeric and (values == values.round()).all() else "{:,.1f}"
    return ["" if pd.isna(v) else form.format(v) if numeric else str(v) for v in column]
