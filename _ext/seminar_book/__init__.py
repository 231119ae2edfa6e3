"""The machinery of the book: what turns chapters, labs and tables into pages and print."""

import sys
from pathlib import Path

# Nothing of ours is installed: the package ``seminar`` is found in the source tree.
_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)

from .extension import setup  # noqa: E402

__all__ = ["setup"]
