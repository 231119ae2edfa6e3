"""The machinery of the book: what turns chapters, labs and tables into pages and print."""

from .extension import setup

__all__ = ["setup"]
