"""EDTF dates in words, day before month: ``1918-01-07`` is 7 January 1918."""

import calendar
import re
from datetime import date

from seminar.dates import parse

_DAY = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?([?~%]?)")
_SEASONS = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}


def is_edtf(text: str) -> bool:
    """Whether the book's date grammar knows ``text``."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def order(text: str) -> tuple[date, date]:
    """Sorts dates by the first day they can mean, then by the last; what has no date comes last."""
    start, end = parse(text) if text else (date.max, None)
    return start or date.min, end or date.max


def _one(text: str) -> str:
    match = _DAY.fullmatch(text)
    if not match:
        return text
    year, month, day, doubt = match.groups()
    number = int(month or 0)
    # The day keeps to its month when a line breaks.
    before = f"{int(day)}\u00a0" if day else ""
    named = _SEASONS.get(number) or calendar.month_name[number]
    about = "about " if doubt in ("~", "%") else ""
    unsure = " (uncertain)" if doubt in ("?", "%") else ""
    return f"{about}{before}{f'{named} ' if named else ''}{year}{unsure}"


def spoken(text: str) -> str:
    """``text`` (EDTF) in words; forms without a plain wording stand as they are."""
    first, slash, last = text.partition("/")
    if slash and last in ("", ".."):
        return f"from {_one(first)}" + (" on" if last else " to a day unknown")
    if slash and first in ("", ".."):
        return f"up to {_one(last)}"
    if not slash:
        return _one(first)
    if re.fullmatch(r"\d{4}/\d{4}", text):
        return f"{first}–{last}"
    start = _one(first)
    if re.fullmatch(r"(\d{4}-\d\d)-\d\d/\1-\d\d", text):
        start = str(int(first[-2:]))
    elif re.fullmatch(r"(\d{4})-[\d-]+/\1-[\d-]+", text):
        start = start.removesuffix(f" {first[:4]}")
    return f"{start} to {_one(last)}"


def _bound(text: str) -> str:
    first, slash, last = text.partition("/")
    if not slash:
        return _one(text)
    return f"{_one(first)} or later" if last == ".." else f"between {_one(first)} and {_one(last)}"


def period(start: str, end: str) -> str:
    """A time between two EDTF dates in words; each may itself be known only within limits."""
    return f"{_bound(start)} to {_bound(end)}" if end else f"from {_bound(start)}"
