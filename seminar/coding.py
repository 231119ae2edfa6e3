"""Coded readings compared: how far works agree, whether groups show, how far two coders agree."""

from __future__ import annotations

import itertools
import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

STEPS = 4  # an ordinal scale runs from -2 to 2


def pairwise(positions: pd.DataFrame) -> pd.DataFrame:
    """How far each two works agree on the questions that both answer.

    ``positions`` has the columns ``work``, ``scale``, ``code`` and ``form``, one row an answer.
    The result has a row for each two works with at least one question in common: ``a``, ``b``,
    ``shared`` (how many) and ``agreement`` (their mean, from 0 to 1). On an ordinal scale the same
    code counts 1, codes four steps apart 0, and the steps between in proportion; in a category the
    same code counts 1 and any other 0.
    """
    answers: dict[str, dict[str, tuple[str, str]]] = {}
    for row in positions.itertuples(index=False):
        answers.setdefault(str(row.work), {})[str(row.scale)] = (str(row.form), str(row.code))
    found = []
    for a, b in itertools.combinations(answers, 2):
        both = [q for q in answers[a] if q in answers[b]]
        if both:
            marks = [_alike(answers[a][q], answers[b][q]) for q in both]
            found.append((a, b, len(both), sum(marks) / len(marks)))
    return pd.DataFrame(found, columns=["a", "b", "shared", "agreement"])


def _alike(one: tuple[str, str], other: tuple[str, str]) -> float:
    if one[0] == "ordinal":
        return 1 - abs(int(one[1]) - int(other[1])) / STEPS
    return float(one[1] == other[1])


def neighbours(before: pd.DataFrame, after: pd.DataFrame, work: str, *, least: int = 2) -> pd.DataFrame:
    """The works that share ``least`` questions or more with ``work``, by agreement before and after a change.

    ``before`` and ``after`` are positions as ``pairwise`` takes them. The result has the columns
    ``other``, ``shared``, ``agreement`` and ``agreement_after``, the least agreement first.
    """
    sides = []
    for positions in (before, after):
        near = pairwise(positions).query("shared >= @least and (a == @work or b == @work)")
        sides.append(near.assign(other=near.a.where(near.a != work, near.b)).drop(columns=["a", "b"]))
    both = sides[0].merge(sides[1].drop(columns="shared"), on="other", suffixes=("", "_after"))
    return both.sort_values("agreement")


def within_and_between(pairs: pd.DataFrame, group: Mapping[str, str]) -> tuple[float, float]:
    """Mean agreement of pairs of one group, and of pairs of two groups; each shared question counts once.

    ``pairs`` is what ``pairwise`` returns; ``group`` names the group of each work. A mean of no
    pairs is nan.
    """
    same = (pairs.a.map(group) == pairs.b.map(group)).to_numpy()
    return _mean(pairs, same), _mean(pairs, ~same)


def _mean(pairs: pd.DataFrame, chosen: np.ndarray) -> float:
    weights = pairs.shared.to_numpy()[chosen]
    if not len(weights):
        return math.nan
    return float(np.average(pairs.agreement.to_numpy()[chosen], weights=weights))


def shuffled(pairs: pd.DataFrame, group: Mapping[str, str], times: int = 1000, seed: int = 14) -> np.ndarray:
    """Within less between when the names of the groups are dealt out anew at random.

    Returns ``times`` differences, the same in every run; nan where a deal left no pair in a group.
    """
    works = sorted({*pairs.a, *pairs.b})
    place = {work: i for i, work in enumerate(works)}
    a, b = pairs.a.map(place).to_numpy(), pairs.b.map(place).to_numpy()
    names = np.array([group[work] for work in works])
    chance = np.random.default_rng(seed)
    result = []
    for _ in range(times):
        dealt = chance.permutation(names)
        same = dealt[a] == dealt[b]
        result.append(_mean(pairs, same) - _mean(pairs, ~same))
    return np.array(result)


def typed_codes(values: Any, count: int, who: str) -> list[int | None]:
    """The codes that a reader typed, one for each of ``count`` passages; None for no code.

    A code is a whole number from -2 to 2; a text that holds them will do. What is none is named in
    one sentence and left out, and so is what stands beyond ``count``.
    """
    if isinstance(values, str):
        values = values.replace("−", "-").replace(",", " ").split()
    if not isinstance(values, Sequence):
        print(f"{who}: {reprlib.repr(values)} is not a list of codes between square brackets, so it is left out.")
        return [None] * count
    if len(values) > count:
        print(f"{who}: there are {count} passages, so what stands after the code number {count} is left out.")
    codes: list[int | None] = []
    strange = []
    for value in [*values, *[None] * count][:count]:
        code = _code(value)
        codes.append(code)
        if value is not None and code is None:
            strange.append(reprlib.repr(value))
    if strange:
        print(f"{who}: not a whole number from -2 to 2, and so left out: {', '.join(strange)}.")
    return codes


def _code(value: Any) -> int | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if number in (-2, -1, 0, 1, 2) and not isinstance(value, bool) else None


def weighted_kappa(first: Sequence[int], second: Sequence[int]) -> float:
    """Cohen's kappa with linear weights: how far two coders agree beyond what chance would give.

    1 is full agreement, 0 what two coders would reach who keep their own habits and code blindly;
    a disagreement of two steps weighs twice one of one step. nan where chance leaves no room for
    disagreement, as when both use one and the same code throughout, or where nothing was coded.
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not len(one):
        return math.nan
    by_chance = np.abs(one[:, None] - other[None, :]).mean()
    return float(1 - np.abs(one - other).mean() / by_chance) if by_chance else math.nan
