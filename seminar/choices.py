"""Keeps a lab going when its reader types a value that it cannot use.

The reader of a lab changes values and may know no Python. A value that does not fit is
answered by one sentence and a value that does; a word without quotation marks, or a line that
is not Python, by one sentence in place of a traceback.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable
from datetime import date
from types import TracebackType
from typing import Any, TypeVar

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

T = TypeVar("T")


def choose(value: Any, *allowed: T) -> T:
    """Return the member of ``allowed`` that ``value`` means, or the first of them.

    Case and a missing or needless pair of quotation marks do not matter, and of a name its part
    will do, or more than it, as long as no other name fits. For a value that means none of them
    one sentence is printed.
    """
    meant = _meant(value, allowed)
    if meant:
        return meant[0]
    print(
        f"{reprlib.repr(value)} is not one of the choices: {_listed(allowed)}. "
        f"This run uses {allowed[0]}."
    )
    return allowed[0]


def choose_some(values: Any, *allowed: T, usual: Iterable[T] = ()) -> list[T]:
    """Return the members of ``allowed`` that ``values`` means, in the order of ``allowed``.

    ``values`` may be one value or several. What means none of them is named in one sentence
    and left out; if nothing is left, those of ``usual`` are returned that are among ``allowed``,
    and all of ``allowed`` where there are none.
    """
    many = isinstance(values, Iterable) and not isinstance(values, str)
    several = list(values) if many else [values]
    means = [_meant(v, allowed) for v in several]
    strange = [v for v, found in zip(several, means, strict=True) if not found]
    chosen = [one for one in allowed if any(one in found for found in means)]
    if strange:
        named = ", ".join(reprlib.repr(v) for v in strange)
        print(f"Not among the choices: {named}. The choices are {_listed(allowed)}.")
    if chosen:
        return chosen
    rest = [one for one in allowed if one in list(usual)]
    uses = " and ".join(map(str, rest)) if rest else "them all"
    print(f"Nothing that can be drawn was chosen, so this run uses {uses}.")
    return rest or list(allowed)


def number(value: Any, low: float, high: float, usual: float | None = None) -> float | None:
    """Return ``value`` as a number between ``low`` and ``high``; None for no answer.

    For anything else one sentence is printed and ``usual`` returned; where there is a usual
    number, no answer is such a thing too.
    """
    if value is None and usual is None:
        return None
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if low <= result <= high:
        return result
    instead = "it is left out" if usual is None else f"this run uses {usual:g}"
    print(f"{reprlib.repr(value)} is not a number from {low:g} to {high:g}, so {instead}.")
    return usual


def choose_day(value: Any, low: str, high: str, usual: str) -> str:
    """Return ``value`` as a day between ``low`` and ``high`` (text such as "1922-12-24"), or ``usual``.

    For anything else one sentence is printed.
    """
    if isinstance(value, int):
        print(f'Put the day in quotation marks: "{usual}". This run uses {usual}.')
        return usual
    text = str(value).strip()[:10]
    try:
        if low <= date.fromisoformat(text).isoformat() <= high:
            return text
    except ValueError:
        pass
    print(
        f'{reprlib.repr(value)} is not a day from {low} to {high}, written like "{usual}" '
        f"(year, month, day). This run uses {usual}."
    )
    return usual


def explain_slips() -> None:
    """Answer an unknown word or a line that is not Python by one sentence (in a notebook only).

    The cell still counts as failed, so that a lab with a real error does not build.
    """
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NameError, SyntaxError), _explain)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Let every kernel that loads this module answer slips, also before the first cell has run."""
    explain_slips()


def _explain(
    shell: InteractiveShell,
    kind: type[BaseException],
    slip: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    if isinstance(slip, NameError):
        sentence = (
            f"The word {slip.name} means nothing here yet. If it is a word of your own, put it in "
            f'quotation marks: "{slip.name}". If not, run the cells above first (menu Run > Run '
            "All Above Selected Cell)."
        )
    elif "U+2212" in str(slip):
        sentence = "Type the minus sign of the keyboard, -, where the text prints −, and run the cell again."
    else:
        sentence = (
            f"Line {getattr(slip, 'lineno', None) or 1} of this cell cannot be read. Look for a "
            "lost quotation mark, comma or bracket, or click into the cell and undo the change "
            "(Ctrl+Z), and run it again."
        )
    print(sentence)
    return [sentence]


def _meant(value: Any, allowed: Iterable[T]) -> list[T]:
    """The one of ``allowed`` that ``value`` means, alone in a list; an empty list for none or several."""
    allowed = list(allowed)
    same = [one for one in allowed if _same(value, one)]
    if same or not isinstance(value, str):
        return same[:1]
    typed = value.strip().casefold()
    near: list[T] = []
    for one in allowed:
        text = str(one).casefold() if isinstance(one, str) else ""
        if min(len(typed), len(text)) > 3 and (typed in text or text in typed):
            near.append(one)
    return near if len(near) == 1 else []


def _same(value: Any, one: Any) -> bool:
    try:
        if not isinstance(one, bool) and not isinstance(value, bool) and bool(value == one):
            return True
    except (TypeError, ValueError):
        return False
    return str(value).strip().casefold() == str(one).casefold()


def _listed(values: Iterable[Any]) -> str:
    values = list(dict.fromkeys(values))
    if all(isinstance(v, int) for v in values):  # years, which the lab lists with its usual one first
        values.sort()
    words = [str(v) for v in values]
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)
