"""The book's tables as typed frames."""

import difflib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from .dates import parse

PACKAGE = "the-machine-and-the-hand"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
_TYPES = {"string": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}
_ECONOMY = ["series", "label", "unit", "period", "start", "end", "year", "variant", "value", "territory"]
_ECONOMY += ["source", "locator", "known", "status", "derivation", "note", "theme", "licence"]


def load(name: str) -> pd.DataFrame:
    """The table ``name`` with real types: text, whole numbers, numbers, categories, dates.

    A date in EDTF stays as text and gets its first and last day beside it: ``start`` and ``end``
    for a column called ``period``, else ``<column>_start`` and ``<column>_end``; ``period`` also
    gets ``year``, filled where it is one calendar year. An empty cell is missing, never "".

    ``load("economy")`` joins the economy tables, which stand apart because their licences
    differ, with the labels and units of the series. ``tables()`` lists what there is.

    Raises ValueError for a name that is not there and FileNotFoundError where no data are found.
    """
    folder = data_folder()
    resources = _resources(folder)
    if name == "economy":
        parts = [_read(folder, resource) for key, resource in resources.items() if key.startswith("economy-")]
        frame = pd.concat(parts, ignore_index=True)
        series = _read(folder, resources["series"])[["series", "label", "unit", "theme", "licence"]]
        frame = frame.merge(series, on="series", how="left", validate="many_to_one")[_ECONOMY]
        return _categories(frame, ["series", "label", "unit", "territory", "known", "status", "theme", "licence"])
    if name not in resources:
        known = ["economy", *resources]
        near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        raise ValueError(f"There is no table called “{name}”.{hint} There are: {', '.join(known)}.")
    return _read(folder, resources[name])


def tables() -> pd.DataFrame:
    """What can be loaded: name, title and number of rows."""
    resources = _resources(data_folder())
    rows = [(key, r.get("title", ""), r.get("rows")) for key, r in resources.items()]
    economy = sum(count or 0 for key, _, count in rows if key.startswith("economy-"))
    rows.insert(0, ("economy", "All economy tables together, with labels and units", economy))
    return pd.DataFrame(rows, columns=["table", "title", "rows"]).astype({"rows": "Int64"})


def data_folder() -> Path:
    """The folder of the data package: beside this package, or else in or above the working folder."""
    here = Path.cwd().resolve()
    places = [Path(__file__).resolve().parent.parent, here, *here.parents]
    for place in places:
        descriptor = place / "data" / "datapackage.json"
        if descriptor.is_file() and _descriptor(descriptor).get("name") == PACKAGE:
            return descriptor.parent
    raise FileNotFoundError(
        f"The book's data were not found. Put its folder “data” beside the package “seminar” or into {here}."
    )


def _descriptor(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _resources(folder: Path) -> dict[str, dict[str, Any]]:
    return {resource["name"]: resource for resource in _descriptor(folder / "datapackage.json")["resources"]}


def _read(folder: Path, resource: dict[str, Any]) -> pd.DataFrame:
    """One CSV with the types of its schema."""
    fields = resource["schema"]["fields"]
    types = {field["name"]: _TYPES[field["type"]] for field in fields}
    frame = pd.read_csv(folder / resource["path"], encoding="utf-8", dtype=types, keep_default_na=False, na_values=[""])
    for field in fields:
        if field.get("rdfType") == EDTF:
            _add_days(frame, field["name"])
    return _categories(frame, [f["name"] for f in fields if "enum" in f.get("constraints", {})])


def _add_days(frame: pd.DataFrame, column: str) -> None:
    """Put the first and last day of an EDTF column right after it."""
    spans = [(None, None) if pd.isna(text) else parse(text) for text in frame[column]]
    first = pd.to_datetime(pd.Series([span[0] for span in spans], index=frame.index))
    last = pd.to_datetime(pd.Series([span[1] for span in spans], index=frame.index))
    prefix = "" if column == "period" else f"{column}_"
    at = list(frame.columns).index(column) + 1
    frame.insert(at, f"{prefix}start", first)
    frame.insert(at + 1, f"{prefix}end", last)
    if column == "period":
        whole = first.dt.is_year_start & last.dt.is_year_end & (first.dt.year == last.dt.year)
        frame.insert(at + 2, "year", first.dt.year.where(whole).astype("Int64"))


def _categories(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(columns, "category"))
