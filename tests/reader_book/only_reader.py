"""Loads the printing part of the book's machinery, and nothing else of it."""

from seminar_book.reader import setup_reader as setup

__all__ = ["setup"]
