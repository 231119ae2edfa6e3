"""Two shapes of a table: years down and series across, for computing; a few rows, for reading."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
from IPython.display import HTML


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


def listing(frame: pd.DataFrame, caption: str, **columns: str) -> HTML:
    """A small table with a caption, for reading and not for computing.

    ``columns`` names the columns to show, in order, and what to print above each:
    ``listing(rows, "Moscow", period="When", value="People")``. Numbers stand to the right; an
    empty cell stays empty.
    """
    shown = columns or {str(name): str(name) for name in frame.columns}
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in shown.values())
    body = "".join(
        "<tr>" + "".join(_cell(row[name]) for name in shown) + "</tr>" for _, row in frame.iterrows()
    )
    return HTML(
        f'<table class="listing"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "<td></td>"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"<td>{escape(str(value))}</td>"
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return f'<td style="text-align: right">{text}</td>'
