"""The machinery of the book: what turns chapters, labs and tables into pages and print."""

import gc
import sys
from pathlib import Path

from sphinx.application import Sphinx

# Nothing of ours is installed: the package ``seminar`` is found in the source tree.
_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx. The components are imported only now, so that one can run alone."""
    gc.set_threshold(50_000)  # a build makes millions of small objects and keeps most: a tenth quicker
    from .extension import setup as wire

    return wire(app)
