"""Runs targets of the Makefile one after another and says how long each took.

usage: python3 tools/steps.py TARGET...
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHAT = {
    "environment": "Python environment",
    "data": "data checked",
    "html": "labs run, pages written",
    "pdf": "reader set and printed",
}
RESULTS = {"html": ROOT / "_build/html/index.html", "pdf": ROOT / "_build/pdf/reader.pdf"}


def main(targets: list[str]) -> None:
    """Run each target; stop at the first that fails, with its exit code."""
    spent: dict[str, float] = {}
    for target in targets:
        print(f"\n== {WHAT.get(target, target)} (make {target}) ==", flush=True)
        start = time.monotonic()
        code = subprocess.run(["make", "--no-print-directory", target], cwd=ROOT, check=False).returncode
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
