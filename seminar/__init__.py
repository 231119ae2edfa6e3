"""Tables, dates, glued values and the figure style: all that a lab imports."""

from . import style
from .book import glue
from .choices import choose, choose_some, explain_slips, number
from .dates import parse
from .listing import by_year, listing
from .tables import load, tables

__all__ = [
    "by_year",
    "choose",
    "choose_some",
    "explain_slips",
    "glue",
    "listing",
    "load",
    "number",
    "parse",
    "style",
    "tables",
]
