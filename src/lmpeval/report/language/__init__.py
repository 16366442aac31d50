"""What readers are told, in every language from the same codes."""

from lmpeval.report.language.catalogue import DUTCH, ENGLISH, LANGUAGES, Catalogue
from lmpeval.report.language.numerals import MINUS, Numerals

__all__ = ["DUTCH", "ENGLISH", "LANGUAGES", "MINUS", "Catalogue", "Numerals"]
