"""Runs targets of the Makefile one after another and says how long each took.

usage: python3 tools/steps.py TARGET...

What the tools say about themselves is left out; what they say about the book is not.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHAT = {
    "environment": "Python environment",
    "data": "data checked",
    "html": "labs run, pages written",
    "pdf": "reader laid out and printed",
}
RESULTS = {"html": ROOT / "_build/html/index.html", "pdf": ROOT / "_build/pdf/reader.pdf"}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CHATTER = re.compile(
    r"\s*$|=+$|\[IPKernelApp\]|\[etoc\]|myst(-nb)? v|sphinx-multitoc-numbering|Using jupyter-cache"
    r"|Running |(Source Folder|Config Path|Output Path):|Finished generating|Your book's|You can look|Or paste"
    r"|\s+(_build/|file:)"
    r"|.*: Using cached notebook|loading translations|making output|building \[mo\]|[Cc]opying |done$|checking bibtex"
    r"|The printed reader is|(reading|writing) (sources|output)\.\.\. $|.*targets for 0 po files"
)


def run(target: str) -> int:
    """Run one target, printing what it says about the book; return its exit code."""
    with subprocess.Popen(
        ["make", "--no-print-directory", target],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not CHATTER.match(COLOUR.sub("", line)):
                print(line, end="", flush=True)
    return process.returncode


def main(targets: list[str]) -> None:
    """Run each target; stop at the first that fails, with its exit code."""
    spent: dict[str, float] = {}
    for target in targets:
        print(f"\n== {WHAT.get(target, target)} (make {target}) ==", flush=True)
        start = time.monotonic()
        code = run(target)
        spent[target] = time.monotonic() - start
        if code:
            sys.exit(code)
    print()
    for target, seconds in spent.items():
        print(f"{seconds:7.1f} s  {WHAT.get(target, target)}")
    print(f"{sum(spent.values()):7.1f} s  in all\n")
    for target in targets:
        if target in RESULTS:
            print(f"{RESULTS[target].stat().st_size / 1e3:7.0f} kB  {RESULTS[target]}")


if __name__ == "__main__":
    main(sys.argv[1:])
