"""What evaluators wrote in another language than a page's, and how a page says so (WCAG 2.1, 3.1.2).

Titles, names and labels are English unless they stand in the place for their Dutch twin; the language of
whole sentences, such as arguments and reasons, is told from the words that every sentence is full of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape

from lmpeval.portfolio.comparing import SideBySide
from lmpeval.study import Study

SMALL_WORDS = {
    "nl": frozenset(
        {"de", "het", "een", "van", "en", "niet", "met", "voor", "dat", "er", "zijn", "wordt", "naar", "bij"}
        | {"ook", "om", "te", "als", "geen", "iedereen", "deze", "dit", "elk", "elke", "niemand", "heeft"}
    ),
    "en": frozenset(
        {"the", "and", "not", "with", "for", "that", "are", "were", "by", "from", "which", "who", "a", "an"}
        | {"to", "no", "everybody", "it", "its", "this", "every", "nobody", "one", "has"}
    ),
}
"""Words that sentences of one language are full of, and that the other does not have."""
WITHOUT_MARKUP = ("title", "style", "script", "svg")
"""Elements whose texts hold no elements of this kind."""

Foreign = Mapping[str, str]
"""Texts by the language that they are in, where that is not the page's."""


def language_of(text: str) -> str | None:
    """The language that most small words of a text are of; None where they do not tell.

    >>> language_of("nobody moves to another town"), language_of("de polder, vanaf 2015"), language_of("Kant")
    ('en', 'nl', None)
    """
    said = re.findall(r"[a-z]+", text.lower())
    counts = {language: sum(word in small for word in said) for language, small in SMALL_WORDS.items()}
    most = max(counts.values())
    found = [language for language, count in counts.items() if count == most]
    return found[0] if len(found) == 1 else None


def foreign_texts(study: Study, language: str) -> Foreign:
    """What a study says in another language than a page's, by that language."""
    told = {text: language_of(text) for text in _untwinned(study, language)}
    done = study.intervention
    twinned = [
        (study.titled_in(language), study.title_nl),
        (done.named_in(language), done.name_nl),
        *((each.called_in(language), each.label_nl) for each in study.outcomes),
    ]
    return _foreign(told, twinned, language)


def foreign_in_comparison(compared: SideBySide, language: str) -> Foreign:
    """The same of a comparison: of its own texts, and of every study in it."""
    portfolio = compared.file.portfolio
    twinned = [(portfolio.titled_in(language), portfolio.title_nl)]
    for each in portfolio.unstudied:
        twinned += [(each.named_in(language), each.name_nl), (each.reason_in(language), each.reason_nl)]
    found = dict(_foreign({}, twinned, language))
    for result in compared.results:
        found |= foreign_texts(result.study, language)
    return found


def _untwinned(study: Study, language: str) -> Iterator[str]:
    """What tells its language by its words alone, if it does."""
    yield from study.arguments.values()
    for some in (study.window.breaks, study.window.exclude):
        yield from (each.reason_in(language) for each in some)
    yield from (each.reason for each in study.comparator.exclude)


def _foreign(
    told: Mapping[str, str | None], twinned: Iterable[tuple[str, str | None]], language: str
) -> Foreign:
    """Of what was written once, a Dutch page takes to be English what does not tell."""
    found = dict(told)
    for shown, in_dutch in twinned:
        if language == "nl":
            found[shown] = None if in_dutch else language_of(shown) or "en"
        else:
            found[shown] = language_of(shown)
    return {text: other for text, other in found.items() if other not in (None, language)}


def in_their_language(page: str, foreign: Foreign) -> str:
    """A finished page on which each of these texts says which language it is in.

    >>> in_their_language("<p>Care nearby in Kant</p>", {"care nearby": "en"})
    '<p><span lang="en">Care nearby</span> in Kant</p>'
    """
    if not foreign:
        return page
    escaped = {escape(text): language for text, language in foreign.items()}
    parts = re.split(rf"(<({'|'.join(WITHOUT_MARKUP)})\b.*?</\2>|<[^>]*>)", page, flags=re.DOTALL)
    texts, elements = parts[::3], parts[1::3]  # each element is followed by its name, where it has one here
    shown = ["".join(_shown(*each) for each in foreign_parts(text, escaped)) for text in texts]
    return "".join(text + element for text, element in zip(shown, [*elements, ""], strict=True))


def foreign_parts(text: str, foreign: Foreign) -> Iterator[tuple[str, str | None]]:
    """A text in pieces, each with its language where that is another; whatever its first letter is.

    >>> list(foreign_parts("Care nearby in Kant", {"care nearby": "en"}))
    [('Care nearby', 'en'), (' in Kant', None)]
    """
    languages = {known.lower(): language for known, language in foreign.items()}
    for i, piece in enumerate(_any_of(tuple(languages)).split(text) if languages else [text]):
        if piece:
            yield piece, languages[piece.lower()] if i % 2 else None


@cache
def _any_of(texts: tuple[str, ...]) -> re.Pattern[str]:
    listed = sorted(texts, key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, listed))})(?!\w)", re.IGNORECASE)


def _shown(text: str, language: str | None) -> str:
    return text if language is None else f'<span lang="{language}">{text}</span>'
