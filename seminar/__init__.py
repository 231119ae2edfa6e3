"""Tables, dates, glued values and the figure style: all that a lab imports."""

from . import style
from .book import glue

__all__ = ["glue", "style"]
