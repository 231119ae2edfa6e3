"""What the tree itself must be: typed and linted code, locks that agree with what was asked for."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {
    "requirements.txt": ["book", "serve"],
    "tests/requirements.txt": ["book", "serve", "lab", "test"],
    "binder/requirements.txt": ["lab"],
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[.*?\])?==(?P<version>\S+)(?P<rest>.*)$")


@pytest.mark.parametrize("tool", ["ruff check --output-format concise .", "mypy seminar _ext/seminar_book tests tools"])
def test_code_is_clean(tool: str) -> None:
    command = [sys.executable, "-m", *tool.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def pins(lock: str) -> dict[str, list[str]]:
    """The versions that ``lock`` gives to each package (several where they differ by platform)."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if match := PIN.match(line):
            found.setdefault(canonicalize_name(match["name"]), []).append(match["version"])
    return found


def asked(lock: str) -> list[Requirement]:
    """What pyproject.toml asks for on behalf of ``lock``."""
    optional = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS[lock] for line in optional[extra])]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", EXTRAS)
def test_lock_gives_what_the_project_asks_for(lock: str) -> None:
    pinned = pins(lock)
    for requirement in asked(lock):
        versions = pinned.get(canonicalize_name(requirement.name))
        assert versions, f"{lock} lacks {requirement.name}: run `make lock`"
        wrong = [version for version in versions if version not in requirement.specifier]
        assert not wrong, f"{lock} has {requirement.name} {wrong}, asked for {requirement}: run `make lock`"


@pytest.mark.parametrize("lock", EXTRAS)
def test_lock_holds_nothing_that_nobody_asks_for(lock: str) -> None:
    text = (ROOT / lock).read_text()
    names = {canonicalize_name(requirement.name) for requirement in asked(lock)}
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    direct = {
        canonicalize_name(match["name"])
        for entry in entries
        if "seminar (pyproject.toml)" in entry and (match := PIN.match(entry.splitlines()[0]))
    }
    assert direct == names, f"run `make lock`: {sorted(direct ^ names)}"


@pytest.mark.parametrize("lock", EXTRAS)
def test_lock_is_exact_hashed_and_names_no_index(lock: str) -> None:
    entries = [e for e in re.split(r"\n(?=\S)", (ROOT / lock).read_text()) if not e.startswith("#")]
    assert len(entries) > 50
    for entry in entries:
        head, *rest = entry.splitlines()
        assert PIN.match(head), f"{lock}: not an exact pin: {head}"
        assert any("--hash=sha256:" in line for line in rest), f"{lock}: no hash: {head}"
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|file:|://", "\n".join(entries))


def test_locks_agree_with_each_other() -> None:
    everything = pins("tests/requirements.txt")
    for lock in ("requirements.txt", "binder/requirements.txt"):
        differing = [name for name, versions in pins(lock).items() if versions != everything.get(name)]
        assert not differing, f"{lock} and tests/requirements.txt differ: {differing}"


def test_binder_runs_the_oldest_python_that_the_project_allows() -> None:
    runtime = (ROOT / "binder/runtime.txt").read_text().strip()
    assert PROJECT["requires-python"] == ">=" + runtime.removeprefix("python-")


class Once(yaml.SafeLoader):
    """YAML in which no key may stand twice: PyYAML keeps the last and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"line {node.start_mark.line + 1} begins an entry that has {sorted(twice)} twice"
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("name", ["_toc.yml", "_config.yml", "_index.yml", "CITATION.cff"])
def test_no_key_stands_twice(name: str) -> None:
    assert yaml.load((ROOT / name).read_text(encoding="utf-8"), Once), f"{name} is empty"


def test_a_key_that_stands_twice_is_seen() -> None:
    with pytest.raises(AssertionError, match=r"line 1 .*caption"):
        yaml.load("caption: One\ncaption: Two\n", Once)
