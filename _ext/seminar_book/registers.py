"""Reads the two registers kept by hand (``data/locators.csv``, ``data/quotations.csv``)."""

import csv
from pathlib import Path
from typing import NamedTuple

from .slips import Slip

# How a page or a quotation is known: what an attribution says, and what the table of pages says.
KNOWN = {
    "copy": "Page read in a copy",
    "extract": "Read in an extract or quotation",
    "thesis": "As the thesis’s own note gives it; not seen",
}
MARKS = {"copy": "a copy", "extract": "an extract", "thesis": "the thesis"}


class Row(NamedTuple):
    """One row with its line in the file."""

    line: int
    cells: dict[str, str]


def read_csv(path: Path, where: str, columns: tuple[str, ...]) -> tuple[list[Row], list[Slip]]:
    """Rows of a UTF-8 CSV with exactly ``columns``, and everything wrong with its form.

    Cells come without surrounding blanks. ``where`` is the name the messages use.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        return [], [Slip(where, path.name, f"cannot be read ({error.strerror})", "Put the file in its place")]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return [], [Slip(f"{where}:{line}", f"byte {error.start}", "the file is not UTF-8", "Save it as UTF-8")]
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows: list[Row] = []
    slips: list[Slip] = []
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            return [], [Slip(f"{where}:1", ",".join(header), f"the head is {','.join(columns)}", "Mend the first line")]
        last = reader.line_num
        for cells in reader:
            line, last = last + 1, reader.line_num
            if not cells:
                continue
            if len(cells) != len(columns):
                rule = f"a row has {len(columns)} cells, this one {len(cells)}"
                slips.append(
                    Slip(f"{where}:{line}", ",".join(cells)[:60], rule, "Put cells with a comma in quotation marks")
                )
                continue
            rows.append(Row(line, {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}))
    except csv.Error as error:
        slips.append(
            Slip(f"{where}:{reader.line_num}", str(error), "the row cannot be read", "Look at its quotation marks")
        )
    return rows, slips
