"""Labs: run before any page, cached by code and data; a failing one is named with its cell and error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import jupytext
import pandas as pd
import pytest
from conftest import ROOT, Tree, succeed
from trial import Trial, back_up

sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book import labs  # noqa: E402

from seminar import choose, choose_day, choose_some, listing, typed_codes  # noqa: E402

LABS = sorted((ROOT / "chapters").glob("*-lab.md"))


def first_lab(tree: Tree) -> Path:
    return next(iter(sorted((tree.root / "chapters").glob("*-lab.md"))))


def test_a_failing_lab_stops_the_build_before_any_page(scratch: Callable[[], Tree]) -> None:
    tree = scratch()
    lab = first_lab(tree)
    text = lab.read_text(encoding="utf-8")
    place = text.rindex("\n```{code-cell}")
    lab.write_text(
        text[:place] + "\n```{code-cell} python\nfall = {}\nfall['1921']\n```\n" + text[place:], encoding="utf-8"
    )
    line = text[:place].count("\n") + 3
    for page in tree.html.rglob("*.html"):
        page.unlink()
    for _ in range(2):
        result = tree.html_build()
        assert result.returncode
        message = next(row for row in result.stdout.splitlines() if "stopped:" in row)
        assert f"chapters/{lab.name}:{line}" in message and "KeyError: '1921'" in message and "code cell" in message
        assert "Traceback" not in result.stdout
        assert not list(tree.html.rglob("*.html"))


def test_a_cell_head_that_is_not_yaml_stops_the_build_with_its_line(scratch: Callable[[], Tree]) -> None:
    tree = scratch()
    lab = first_lab(tree)
    text = lab.read_text(encoding="utf-8")
    wrong = text.replace("    caption: ", "    caption: One: two: ", 1)
    lab.write_text(wrong, encoding="utf-8")
    result = tree.html_build()
    assert result.returncode
    line = wrong[: wrong.index("One: two")].count("\n") + 1
    assert f"chapters/{lab.name}:{line}" in result.stdout and "cannot be read" in result.stdout
    assert "Traceback" not in result.stdout


def test_the_cache_knows_code_data_and_package(tmp_path: Path) -> None:
    for name in ("data/economy.csv", "seminar/style.py", "requirements.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("1")
    seen = set()
    for name in ("data/economy.csv", "seminar/style.py", "requirements.txt"):
        seen.add(labs.digest(labs.inputs(tmp_path)))
        (tmp_path / name).write_text("2")
    seen.add(labs.digest(labs.inputs(tmp_path)))
    assert len(seen) == 4


def test_an_unchanged_lab_is_not_run_again(scratch: Callable[[], Tree]) -> None:
    tree = scratch()
    succeed(tree.html_build())
    again = tree.html_build()
    succeed(again)
    assert "running" not in again.stdout
    lab = first_lab(tree)
    lab.write_text(lab.read_text(encoding="utf-8") + "\n```{code-cell} python\n1 + 1\n```\n", encoding="utf-8")
    changed = tree.html_build()
    succeed(changed)
    assert "running 1 lab" in changed.stdout


def test_labs_import_only_what_a_student_has() -> None:
    """A lab may import the seminar package, pandas, numpy and plotly, and use no role that JupyterLab shows raw."""
    import re

    for lab in (ROOT / "chapters").glob("*-lab.md"):
        text = lab.read_text(encoding="utf-8")
        modules = {
            m.split(".")[0]
            for m in re.findall(
                r"(?m)^\s*(?:from|import) ([\w.]+)", "".join(re.findall(r"(?ms)^```\{code-cell\}.*?^```", text))
            )
        }
        assert modules <= {"seminar", "pandas", "numpy", "plotly"}, f"{lab.name}: {modules}"
        roles = re.findall(r"\{(?:cite|numref|glue|ref|doc)[^}]*\}`", text)
        assert not roles, f"{lab.name}: {roles}"


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.stem)
def test_each_box_is_short_enough_to_read(lab: Path) -> None:
    for cell in jupytext.read(lab).cells:
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", []):
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 22, cell.source
            assert max(map(len, lines)) <= 85, max(lines, key=len)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.stem)
def test_restart_and_run_all_is_quick_and_small(lab: Path, tmp_path: Path) -> None:
    """The kernel's own seconds, so that a busy machine does not count."""
    trial = Trial(lab, tmp_path)
    first = trial()
    assert not first.errors
    if first.seconds > 4:  # it may have had to compile its packages
        trial.done.clear()
        first = trial()
    assert first.seconds <= 4, f"{first.seconds:.1f} s"
    assert first.megabytes <= 300, f"{first.megabytes:.0f} MB"


NAMES = ("Elena Stasova", "Leon Trotsky", "Trotsky 1930", "Deutscher 1959")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Stasova", "Elena Stasova"), ("deutscher", "Deutscher 1959"), ("Deutscher 1959, the first", "Deutscher 1959"),
     ("Trotsky", None), ("Sta", None), ("Lenin", None), (7, None)],
)  # fmt: skip
def test_a_part_of_a_name_will_do_where_no_other_fits(
    typed: object, meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert choose(typed, *NAMES) == (meant or NAMES[0])
    assert choose_some([typed], *NAMES) == ([meant] if meant else list(NAMES))
    assert bool(capsys.readouterr().out) == (meant is None)


def test_a_day_without_quotation_marks_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert choose_day(1922 - 12 - 24, "1919-03-25", "1927-12-31", "1922-04-03") == "1922-04-03"
    assert "in quotation marks" in capsys.readouterr().out


def test_codes_may_be_typed_as_they_are_printed() -> None:
    assert typed_codes("−2, 1 0", 4, "First") == [-2, 1, 0, None]


def test_tables_are_folded_for_students_and_not_in_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"year": ["1921"]})
    assert "<details>" not in listing(frame, "Rows", fold="Show").data
    monkeypatch.setenv("JPY_SESSION_NAME", "lab.md")
    assert listing(frame, "Rows", fold="Show").data.startswith("<details><summary")
    assert "<details>" not in listing(frame, "Rows").data


@pytest.mark.parametrize("lab", LABS, ids=[lab.stem for lab in LABS])
def test_any_box_may_be_run_again_after_the_whole_lab(lab: Path, tmp_path: Path) -> None:
    """From the last box to the first: none finds a name that another, the hidden last one too, has overwritten."""
    for source, before, after in back_up(lab, tmp_path / "again"):
        assert before == after, source
