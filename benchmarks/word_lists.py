"""Makes the tables of `text/word_lists` anew out of the `wordfreq` package: `python -m benchmarks.word_lists`."""

from __future__ import annotations

from array import array
from pathlib import Path

from expunge.text.frequency import FOLDER, PLACES, key

LANGUAGES = ("ar", "de", "el", "en", "es", "fa", "fr", "he", "hi", "it", "ja", "pt", "ru", "uk")
"""The languages that have a table: of English the large list, of the others, which are asked less, the small one."""


def table(language: str) -> bytes:
    """The table of a language. Words of one place are equally common."""
    from wordfreq import get_frequency_list

    places = get_frequency_list(language, "large" if language == "en" else "small")
    if len(places) > PLACES:
        raise ValueError(f"The list of {language} tells more than {PLACES} places apart.")
    rows = array("Q", sorted(key(word) + place for place, words in enumerate(places) for word in words))
    return rows.tobytes()


def main(folder: Path = FOLDER) -> None:
    """Write all tables."""
    for language in LANGUAGES:
        path = folder / f"{language}.table"
        path.write_bytes(table(language))
        print(f"{path.name}: {path.stat().st_size // 8:,} words")


if __name__ == "__main__":
    main()
