"""Labs: run before any page, cached by code and data; a failing one is named with its cell and error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from conftest import ROOT, Tree, succeed

sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book import labs  # noqa: E402


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
