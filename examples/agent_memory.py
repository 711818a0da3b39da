"""An agent's memory: notes are scrubbed on their way in, and again on their way out, for those forgotten since."""

from __future__ import annotations

import sqlite3

from expunge import Target, Unlearner


class Memory:
    """Notes in a database. What tells of a target is neither kept nor remembered."""

    def __init__(self, unlearner: Unlearner) -> None:
        self._unlearner = unlearner
        self._notes = sqlite3.connect(":memory:")
        self._notes.execute("CREATE TABLE notes (text TEXT)")

    def write(self, note: str) -> None:
        """Keep a note, as far as it may be kept."""
        if kept := self._unlearner.scrub(note).text:
            self._notes.execute("INSERT INTO notes VALUES (?)", (kept,))

    def read(self, word: str = "") -> list[str]:
        """Return the notes that hold a word, as far as they may be remembered."""
        found = self._notes.execute("SELECT text FROM notes WHERE text LIKE ?", (f"%{word}%",)).fetchall()
        return [note.text for note in self._unlearner.scrub_many([text for (text,) in found]) if note.text]


if __name__ == "__main__":
    with Unlearner.open() as unlearner:
        memory = Memory(unlearner)
        memory.write("Isolde Farrow drew the maps. The ferry leaves at nine.")
        memory.write("Bastian Oakhollow has 40 beehives.")
        print("remembered:", *memory.read(), sep="\n  ")
        unlearner.targets.add(Target("Isolde Farrow"), elicit=False, exist_ok=True)
        memory.write("Isolde Farrow came by. The ferry is late today.")
        memory.write("Isolde Farrow keeps geese.")
        print("remembered after she is forgotten:", *memory.read(), sep="\n  ")
