"""Values that a lab hands to its chapter."""

from typing import Any

from IPython.core.formatters import DisplayFormatter
from IPython.display import display

_PREFIX = "application/papermill.record/"


def glue(name: str, value: Any) -> None:
    """Record ``value`` under ``name`` so that a chapter can print it.

    A chapter prints it by the role ``{glue:text}`LAB.md::NAME:FORMAT```. The value is
    shown nowhere in the lab. This does what ``myst_nb.glue`` does without
    importing the book's machinery, which a student's JupyterLab has not got.
    """
    data, metadata = DisplayFormatter().format(value)
    metadata["scrapbook"] = {"name": name, "mime_prefix": _PREFIX}
    display({_PREFIX + kind: text for kind, text in data.items()}, metadata=metadata, raw=True)
