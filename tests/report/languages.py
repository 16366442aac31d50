"""What of a page is in which language, and which numbers it has."""

import re

from lmpeval.report.language import DUTCH, ENGLISH
from report.reading import read

ENGLISH_WORDS = {
    "the", "and", "that", "with", "which", "from", "have", "has", "been", "would", "without", "this", "are",
    "were", "not", "than", "their", "they", "it", "for", "by", "if", "no", "none", "where", "years", "year",
    "before", "after", "other", "less", "more", "all", "each", "found",
}  # fmt: skip
"""Words that English sentences are full of, and no Dutch one."""
OWN = (
    "Care nearby",
    "A small study",
    "cost core",
    "a reform",
    "share 65 plus",
    "other town",
    "no_other_change",
)
"""What the study of these tests says of its own, and a key of its file."""


def spoken(page):
    """Every text of a page that is in its language: not what says to be in another, nor names of authors."""
    page = re.sub(r'<(a|span) [^>]*lang="\w+"[^>]*>[^<]*</\1>', "", page)
    reader = read(re.sub(r'<(style|span class="(?:hash|code)")[^>]*>.*?</\w+>', "", page, flags=re.DOTALL))
    texts = [
        *reader.words,
        *(a.get(name) or "" for _, a in reader.elements for name in ("aria-label", "data-head")),
    ]
    for own in OWN:
        texts = [text.replace(own, "") for text in texts]
    return [text for text in texts if not re.search(r"looked at|gekeken naar|\(\d{4}[,)\]]", text)]


def words_of(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def english_texts():
    """Pieces of the English catalogue between its slots that are long enough to be told from Dutch."""
    dutch = "\n".join(DUTCH.messages.values())
    for text in ENGLISH.messages.values():
        for piece in re.split(r"\{\w+\}", text):
            if len(re.findall(r"[a-z]{2,}", piece)) >= 3 and piece not in dutch:
                yield piece.strip()


def numbers(page, decimal):
    """The numbers of all cells of tables, each by the signs of its language, as often as they stand there."""
    thousands = "." if decimal == "," else ","
    cells = re.findall(r"<t[dh] role=\"(?:cell|rowheader)\"[^>]*>(.*?)</t[dh]>", page, re.DOTALL)
    found = re.findall(rf"\d[\d{thousands}]*(?:\{decimal}\d+)?", read(" ".join(cells)).text)
    return sorted(each.strip(thousands).replace(thousands, "").replace(decimal, ".") for each in found)


def left_in_english(page):
    """What a Dutch page still says in English without saying so; empty where there is nothing."""
    texts = spoken(page)
    said = " ".join(texts)
    whole = [text for text in english_texts() if text in said]
    return whole + [text.strip() for text in texts if ENGLISH_WORDS & words_of(text)]
