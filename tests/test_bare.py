"""The set-up of a bare machine: what it asks for, and what it does when it was interrupted."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

SCRIPT = ROOT / "tools/environment.py"
NOBODY = 65534


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up script, at work in an empty folder, with its two slow commands left out.

    ``setup.ran`` lists the locks that were installed.
    """
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    locks = {"book": tmp_path / "requirements.txt", "test": tmp_path / "tests/requirements.txt"}
    for name, lock in locks.items():
        lock.parent.mkdir(exist_ok=True)
        lock.write_text(name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "DISCARDED", tmp_path / ".venv-discarded")
    monkeypatch.setattr(module, "LOCKS", locks)
    monkeypatch.setattr(module, "ran", [], raising=False)
    monkeypatch.setattr(module, "watch", lambda command, steps: module.ran.append(command[-1]))
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: None)
    return module


def test_environment_is_made_once_and_added_to_for_the_tests(setup: ModuleType) -> None:
    for _ in range(2):
        setup.make_venv("book")
    assert setup.ran == ["requirements.txt"]
    for purpose in ("test", "test", "book"):
        setup.make_venv(purpose)
    assert setup.ran == ["requirements.txt", "tests/requirements.txt"]


def test_environment_is_made_anew_when_its_lock_changes(setup: ModuleType) -> None:
    setup.make_venv("test")
    (setup.VENV / "old").touch()
    setup.LOCKS["book"].write_text("a newer release")
    setup.make_venv("book")
    assert setup.ran == ["tests/requirements.txt"] * 2  # it goes on being able to run the tests
    assert not (setup.VENV / "old").exists()


def test_interrupted_set_up_does_not_pass_for_a_finished_one(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setup, "watch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            setup.make_venv("book")
    (setup.VENV / "half").touch()
    setup.make_venv("book")
    assert setup.ran == ["requirements.txt"]
    assert not (setup.VENV / "half").exists()


def test_an_environment_of_somebody_elses_is_left_alone(setup: ModuleType) -> None:
    setup.VENV.mkdir()
    (setup.VENV / "theirs").touch()
    with pytest.raises(SystemExit, match="was not made here"):
        setup.make_venv("book")
    assert (setup.VENV / "theirs").exists()
    assert not setup.ran


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can read."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_without_root_the_one_command_is_named(open_folder: Path) -> None:
    (open_folder / "tools").mkdir()
    shutil.copy(SCRIPT, open_folder / "tools")
    done = subprocess.run(
        ["/usr/bin/python3", open_folder / "tools/environment.py", "test"],
        env={"PATH": "/usr/bin:/bin", "BROWSER_PATH": "/nowhere/chromium", "HOME": "/nowhere"},
        user=NOBODY if os.geteuid() == 0 else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Run as root, then try again:" in done.stderr
    command = "apt-get update && apt-get install --yes --no-install-recommends "
    named = done.stderr.split(command)[1].split()
    assert "chromium" in named
    assert "Traceback" not in done.stderr
    assert not (open_folder / ".venv").exists()


def test_an_old_python_is_told_so(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["environment.py"])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 9, 2))
        with pytest.raises(SystemExit, match="The book needs Python"):
            setup.main()
    assert not setup.ran
