"""Lab 2 in a student's hands, and the group behind it."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import ROOT
from trial import Ran, Trial

from seminar import choose_some, load
from seminar.politics import leadership, spells

LAB = ROOT / "chapters/02-outsider-lab.md"
FIGURES = ["fig-guard", "fig-ages", "fig-fates", "fig-entries"]
BODIES = ["politburo", "orgburo", "secretariat"]
#: What a student may type: the line of the lab, and what stands there instead.
CHANGES: dict[str, dict[str, str]] = {
    "as written": {},
    "other choices": {
        "my_share_before_1905": "40", "my_middle_age": "36", "bodies": "['Politburo']", "votes_only": "True",
        "first_year": "1921", "last_year": "1922", "sort_by": "'age'", "old_before": "1903", "trotsky_from": "1897",
        "name_these": "['Rykov']", "early_before": "1917", "perhaps": "['chicherin']",
    },
    "edges": {
        "bodies": "'secretariat'", "votes_only": "True", "first_year": "1927", "last_year": "1927",
        "sort_by": "'fate'", "old_before": "1899", "early_before": "1899", "name_these": "'Stalin'",
    },
    "without Trotsky": {"bodies": "['Orgburo']", "last_year": "1919", "name_these": "['Stasova']"},
    "not in the list": {
        "my_share_before_1905": "'most'", "bodies": "['Cheka', 'Politburo']", "first_year": "1905", "last_year": "1891",
        "sort_by": "'beauty'", "old_before": "1789", "trotsky_from": "1879", "name_these": "['Martov', 'Lenin']",
        "early_before": "'1941'", "perhaps": "['martov', 'nobody']",
    },
    "nonsense": {
        "my_middle_age": "{}", "bodies": "None", "votes_only": "'perhaps'", "first_year": "[]",
        "last_year": "float('nan')", "sort_by": "7", "old_before": "None", "trotsky_from": "'then'",
        "name_these": "[]", "early_before": "{}", "perhaps": "None",
    },
}
SENTENCES = {
    "not in the list": ["'most' is not a number", "Not among the choices: 'Cheka'", "1905 is not one of", "1891 is not",
                        "'beauty' is not", "1789 is not", "1879 is not", "'Martov'", "'1941' is not", "'nobody'"],
    "nonsense": ["{} is not a number", "'perhaps' is not one of", "[] is not one of", "nan is not", "'then' is not"],
}


@pytest.mark.parametrize("choice", CHANGES)
def test_any_value_gives_figures_or_a_sentence(run: Trial, choice: str) -> None:
    run(CHANGES[choice]).answers(FIGURES, SENTENCES.get(choice, []), silent=choice not in SENTENCES)


def titles(run: Trial, choice: str) -> dict[str, str]:
    return run(CHANGES[choice]).titles


def test_titles_follow_the_choice(run: Trial) -> None:
    usual, changed, alone = (titles(run, choice) for choice in ("as written", "other choices", "without Trotsky"))
    assert usual["fig-guard"].startswith("16 of 29 ")
    assert usual["fig-guard"].endswith("before 1905; Trotsky is no. 29")
    assert changed["fig-guard"].endswith("before 1903; Trotsky is no. 1")
    assert "Trotsky" not in alone["fig-guard"] + alone["fig-ages"]
    assert usual["fig-ages"].endswith("Stalin 42, Trotsky 41")
    assert usual["fig-fates"] == "1936–38: 14 of 29; of those in before 1905, 6 of 16"


def test_a_guess_stands_beside_the_answer_in_its_measure(run: Trial) -> None:
    def subtitles(ran: Ran) -> tuple[str, str]:
        layouts = [ran.figures[name]["layout"] for name in ("fig-guard", "fig-ages")]
        return layouts[0]["title"]["subtitle"]["text"], layouts[1]["title"]["subtitle"]["text"]

    guard, ages = subtitles(run())
    assert guard.endswith("before 1905: 55 of 100") and "you" not in ages
    guard, ages = subtitles(run({"my_share_before_1905": "30", "my_middle_age": "50"}))
    assert guard.endswith("before 1905: 55 of 100; you: 30") and ages.endswith("; you: 50")


def test_every_figure_says_in_table_and_hover_what_it_shows(run: Trial) -> None:
    figures = run().figures
    tables = {name: figure["layout"]["meta"]["table"] for name, figure in figures.items()}
    first = {name: dict(zip(table["columns"], table["rows"][0], strict=True)) for name, table in tables.items()}
    assert first == {
        "fig-guard": {"Name": "Mikhail Vladimirsky", "Joined (bars end in March 1921)": "1895"},
        "fig-ages": {"Name": "Mikhail Vladimirsky", "Joined": "1895", "Age": 46},
        "fig-fates": {"Name": "Yakov Sverdlov", "Joined": "1901", "Died": "1919", "How": "natural"},
        "fig-entries": {"Highest seat (people)": "Politburo, vote (9)", "Found, per cent": 98},
    }
    assert "<br>" not in str(tables)
    hovers = {name: figures[name]["data"][0].get("hovertext") for name in FIGURES}
    assert "Joseph Stalin, from 1898" in hovers["fig-guard"]
    assert "Joseph Stalin, from 1898, aged 42" in hovers["fig-ages"]
    assert "killed, 1936–38: Kamenev, Zinoviev, Preobrazhensky, Rykov, Krestinsky" in hovers["fig-fates"]
    assert all("per cent" in trace["hovertemplate"] for trace in figures["fig-entries"]["data"])
    rows = run({"trotsky_from": "1897"}).figures["fig-guard"]["layout"]["meta"]["table"]["rows"]
    assert ["Leon Trotsky", "1897"] in rows, "the table counts as the bar does"


def test_a_name_is_taken_as_the_tables_print_it(capsys: pytest.CaptureFixture[str]) -> None:
    group = leadership(BODIES)
    people = load("people")
    others = people[(people.group == "actor") & ~people.person.isin(group.person)]
    for name, surname in zip(group.name, group.surname, strict=True):
        assert choose_some([name], *group.surname) == [surname]
    for name in others.name:
        assert choose_some([name], *others.name) == [name]
    assert not capsys.readouterr().out


def test_where_no_name_fits_the_printed_names_stay(run: Trial) -> None:
    drawn = run({"name_these": "['Nobody']"})
    named = [word for word in drawn.figures["fig-ages"]["data"][0]["text"] if word]
    assert named == ["Lenin", "Stasova", "Stalin", "Andreyev", "Trotsky"]
    assert "so this run uses Lenin" in drawn.said


def test_the_chapters_numbers_do_not_depend_on_a_choice(run: Trial) -> None:
    usual = run().glued
    assert usual == run(CHANGES["other choices"]).glued
    assert usual["guard_rank_1917"] == usual["guard_known"] == "29"
    assert usual["guard_rank_1897"] == "3", "the chapter's fourth answer says third by the table"
    assert usual["guard_rank_circles"] == "4", "and fourth at best, with Lenin before him"


def test_what_the_boxes_tell_of_a_change_is_so(run: Trial) -> None:
    """The numbers and names in the boxes "What you should see", and in the paragraph for paper."""
    assert run({"old_before": "1903"}).titles["fig-guard"] == "11 of 29 had joined before 1903; Trotsky is no. 29"
    ruler = run({"trotsky_from": "1897"}).titles
    assert ruler["fig-guard"] == "17 of 29 had joined before 1905; Trotsky is no. 3"
    assert ruler["fig-ages"].endswith("Trotsky 41")
    assert run({"early_before": "1899"}).titles["fig-fates"].endswith("before 1899, 0 of 7")
    assert run({"early_before": "1917"}).titles["fig-fates"].endswith("before 1917, 14 of 27")

    everybody, voters, politburo = leadership(BODIES), leadership(BODIES, votes_only=True), leadership(["politburo"])
    assert [len(group) for group in (everybody, voters, politburo)] == [30, 24, 13]
    candidates = {"Bukharin", "Muranov", "Shmidt", "Zelensky", "Kutuzov", "Tuntul"}
    assert set(everybody.surname) - set(voters.surname) == candidates
    assert {"dzerzhinsky", "sverdlov", "kaganovich"} <= set(everybody.person) - set(politburo.person)
    left_so = run({"trotsky_from": "1897"}).titles["fig-fates"]
    assert left_so.endswith("6 of 17"), "what section 5 counts if Trotsky is not set back"
    group = everybody.set_index("person")
    since, fates = group["since"], group["fate"]
    between = group.index[(since >= 1903) & (since < 1905)]
    assert len(between) == 5 and {"krestinsky", "tomsky"} <= set(between)
    assert since["sverdlov"] < 1903 and list(group.index[:2]) == ["vladimirsky", "dzerzhinsky"]
    assert len(fates[since < 1899]) == 7 and set(fates[since < 1899]) == {"natural"} and since["stalin"] < 1899
    assert set(group.index[since >= 1917]) == {"kutuzov", "trotsky"}
    assert [group[fact]["kuibyshev"] for fact in ("born", "joined", "age")] == ["1888-06-06", "1904", 32]


def test_what_we_see_is_so() -> None:
    """The numbers and names in the folded answers to "Look"."""
    group = leadership(BODIES)
    fates = group.fate.value_counts()
    assert [fates[fate] for fate in ("executed", "murdered", "suicide")] == [12, 1, 1]
    assert (group.age.min(), group.age.max(), group.age.median()) == (25, 50, 36)
    years = {year: set(group.surname[group.since == year]) for year in (1904, 1905)}
    assert years == {1904: {"Muranov", "Tomsky", "Kuibyshev"}, 1905: {"Shmidt", "Rudzutak", "Serebryakov"}}
    near = group[(group.age - 41).abs() <= 1].set_index("surname")
    assert near.age.to_dict() == {"Stalin": 42, "Rykov": 40, "Tomsky": 40, "Trotsky": 41}
    assert [1917 - near.since[name] for name in ("Stalin", "Rykov", "Tomsky")] == [19, 18, 13]
    early, late = group[group.since < 1905], group[group.since >= 1905]
    terror = [sum(part["last"].between(1936, 1938)) for part in (early, late)]
    assert (len(early), len(late), *terror, sum(early["last"] <= 1935)) == (16, 13, 6, 8, 4)


def test_the_group_is_everybody_whom_the_lists_hold() -> None:
    for votes_only in (False, True):
        group = leadership(BODIES, "1919-01-01", "1923-12-31", votes_only)
        assert group.person.is_unique
        expected = set[str]()
        for body in BODIES:
            rows = spells(body, "1919-01-01", "1923-12-31")
            expected |= set(rows.person[rows.votes] if votes_only else rows.person)
        assert set(group.person) == expected


def test_ages_are_counted_on_the_day_of_the_congress() -> None:
    group = leadership(BODIES).set_index("person")
    # Molotov was born on 9 March 1890 and the congress opened on 8 March 1921.
    assert group.age[["lenin", "stalin", "trotsky", "molotov"]].tolist() == [50, 42, 41, 30]
    assert group.age.isna()[["sverdlov", "tuntul"]].all(), "one was dead, of the other nothing is known"


def test_seniority_runs_from_the_first_to_join() -> None:
    group = leadership(BODIES)
    known = group.since.dropna()
    assert known.is_monotonic_increasing
    assert group.since.isna().sum() == len(group) - len(known) == group.joined.isna().sum()
    assert group.set_index("person").since["trotsky"] == pytest.approx(1917 + 7 / 12)


@pytest.mark.parametrize("body", ["cheka", "Politburo", ""])
def test_a_body_that_is_not_there_is_told(body: Any) -> None:
    with pytest.raises(ValueError, match="There is no body called"):
        leadership([body])


def test_the_words_of_the_lab_agree_with_the_table() -> None:
    """What sections 3 and 6 say of single people in words."""
    people = load("people").set_index("person")
    assert people.joined["trotsky"] == "1917-08" and "from 1897" in people.note["trotsky"]
    assert people.joined[["lenin", "stalin"]].tolist() == ["1898", "1898"]
    assert people.loc["tuntul", ["born", "died", "joined", "fate"]].isna().all()
    assert "rakovsky" not in set(spells("orgburo", "1919-01-01", "1920-12-31").person)
