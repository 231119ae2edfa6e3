"""Lab 14 in a student's hands, and the arithmetic of coded readings behind it."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from conftest import ROOT
from trial import Trial

from seminar import neighbours, pairwise, shuffled, typed_codes, weighted_kappa, within_and_between

LAB = ROOT / "chapters/14-schools-lab.md"
FIGURES = ["fig-positions", "fig-causes", "fig-pairs", "fig-shuffle", "fig-recode", "fig-kappa"]
CHANGE = "work_to_change, question, new_code"
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "same_school": "80", "different_schools": "'20'", "order": "'year'", "at_least": "5",
        "keep": "'ordered questions only'", CHANGE: "'Cohen 1973', 'q8', 2",
        "first_coder": "[2, -2, -2, -1, 0, 2, -1, 1, 2, 1]", "second_coder": "[1, -2, -1, -2, 0, 2, 0, 1, 2, 1]",
    },
    "few and thin": {"at_least": "2", "keep": "'own words only'", CHANGE: "'Rigby 1979', 'Q6', 1",
                     "first_coder": "[1, None, 2]", "second_coder": "[1, 2, 2, 2, 2, 2]"},
    "one code throughout": {"first_coder": "[1] * 10", "second_coder": "[1] * 10"},
    "nonsense": {
        "same_school": "900", "order": "None", "at_least": "'many'", "keep": "{}", CHANGE: "7, [], 'red'",
        "first_coder": "'all of them'", "second_coder": "[9, 'x', 1.5, True, None, float('nan'), 1, 1, 1, 1, 1]",
    },
}
SENTENCES = {
    "few and thin": ["Both of you have coded 2 summaries"],
    "nonsense": ["900 is not a number", "None is not one of the choices", "First: 'all of them' is not a list",
                 "what stands after the code number 10 is left out", "Second: not a whole number from -2 to 2"],
}


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice in ("as written", "other choices"))


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed = run().figures, run(CHANGES["other choices"]).figures
    for name in ("fig-pairs", "fig-shuffle", "fig-recode", "fig-kappa"):
        assert usual[name]["layout"]["title"] != changed[name]["layout"]["title"], name
    assert "Idle" in usual["fig-kappa"]["layout"]["yaxis"]["title"]["text"]
    assert "Second coder" in changed["fig-kappa"]["layout"]["yaxis"]["title"]["text"]
    alike = run(CHANGES["one code throughout"]).figures["fig-kappa"]["layout"]["title"]["text"]
    assert "kappa needs two different codes" in alike


def test_what_was_not_read_for_is_not_drawn(run: Trial) -> None:
    """As many squares as rows with an ordered code: a gap stays white."""
    from seminar import load

    ordered = load("scales").query("about == 'historian' and form == 'ordinal'").scale
    rows = load("historians")
    squares = run().figures["fig-positions"]["data"][0]
    assert len(squares["y"]) == rows.scale.isin(ordered).sum()
    outlined = [fill != edge for fill, edge in
                zip(squares["marker"]["color"], squares["marker"]["line"]["color"], strict=True)]
    assert sum(outlined) == (rows.scale.isin(ordered) & (rows.confidence == "weak")).sum()


def test_glue_does_not_depend_on_a_choice(run: Trial) -> None:
    assert run().glued
    assert run().glued == run(CHANGES["nonsense"]).glued


def _positions(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["work", "scale", "code", "form"])


def test_pairs_agree_by_steps_or_not_at_all() -> None:
    found = pairwise(_positions(
        ("A", "q1", "-2", "ordinal"), ("A", "q6", "ideas", "category"),
        ("B", "q1", "1", "ordinal"), ("B", "q6", "ideas", "category"),
        ("C", "q6", "social", "category"), ("D", "q9", "0", "ordinal"),
    )).set_index(["a", "b"])
    assert found.loc[[("A", "B")]].to_numpy().tolist() == [[2, (0.25 + 1) / 2]]
    assert found.loc[[("A", "C")]].to_numpy().tolist() == [[1, 0]]
    assert not any("D" in pair for pair in found.index)


def test_neighbours_move_with_the_code_that_is_changed() -> None:
    rows = [("A", "q1", "-2", "ordinal"), ("A", "q2", "0", "ordinal"), ("B", "q1", "-2", "ordinal"),
            ("B", "q2", "0", "ordinal"), ("C", "q1", "2", "ordinal")]
    before, after = _positions(*rows), _positions(("A", "q1", "2", "ordinal"), *rows[1:])
    moved = neighbours(before, after, "A")
    assert moved.other.tolist() == ["B"]  # C shares one question only
    assert moved[["shared", "agreement", "agreement_after"]].to_numpy().tolist() == [[2, 1, 0.5]]


def test_groups_that_agree_show_and_shuffles_are_repeatable() -> None:
    rows = [(f"{g}{i}", "q1", code, "ordinal") for g, code in (("x", "2"), ("y", "-2")) for i in range(5)]
    pairs = pairwise(_positions(*rows))
    group = {work: work[0] for work, *_ in rows}
    assert within_and_between(pairs, group) == (1, 0)
    deals = shuffled(pairs, group, times=200)
    assert (deals == shuffled(pairs, group, times=200)).all()
    assert (deals >= 1).mean() < 0.05
    assert math.isnan(within_and_between(pairs, dict.fromkeys(group, "one"))[1])


def test_kappa_against_values_worked_by_hand() -> None:
    assert weighted_kappa([1, 2, -1], [1, 2, -1]) == 1
    assert weighted_kappa([-2, 2, -2, 2], [0, 0, 0, 0]) == 0
    # Mean disagreement 1/2; by chance (0+1+1+0)/4 = 1/2 of a step: nought.
    assert weighted_kappa([0, 1], [0, 0]) == pytest.approx(0)
    assert weighted_kappa([0, 1], [1, 0]) == -1
    assert math.isnan(weighted_kappa([1, 1], [1, 1]))
    assert math.isnan(weighted_kappa([], []))


def test_typed_codes_name_what_they_leave_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed_codes([2, "-1", 0.0, None], 5, "You") == [2, -1, 0, None, None]
    assert capsys.readouterr().out == ""
    assert typed_codes([3, True, 1.5, [1], float("inf")], 5, "You") == [None] * 5
    assert "3, True, 1.5, [1], inf" in capsys.readouterr().out
    assert typed_codes(None, 2, "You") == [None, None]
    assert "not a list" in capsys.readouterr().out
