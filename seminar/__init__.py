"""Tables, dates, glued values and the figure style: all that a lab imports."""

from . import style
from .book import glue
from .choices import choose, choose_some, explain_slips, number
from .listing import listing
from .dates import parse
from .tables import load, tables

__all__ = ["choose", "choose_some", "explain_slips", "glue", "load", "number", "parse", "style", "tables"]
