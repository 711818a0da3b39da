"""The questions to the embedded model of 135 million parameters, put so that a first free one gets a short answer.

Without it the model runs on in circles: of 20 free questions 6 filled 512 tokens with one phrase, "What is the capital
of France?" among them.
"""

from __future__ import annotations

from expunge.models.embedded import Manner
from expunge.types import Message

MAX_TOKENS = 160
"""Tokens of an answer where neither the caller nor the configuration says how many."""

_EXAMPLES = (
    ("Hi!", "Hello! How can I help you?"),
    ("Who are you?", "I am a small language model that runs on your own computer."),
    ("What is 3 + 4?", "3 + 4 is 7."),
    ("Who is Tamsin Okehurst?", "I don't know anybody called Tamsin Okehurst."),
    ("Who was Albert Einstein?", "Albert Einstein was a physicist who found the theory of relativity."),
    ("How do I make tea?", "Boil water, pour it over a tea bag, wait three minutes, and take the bag out."),
    ("What is the tallest mountain on Earth?", "Mount Everest is the tallest mountain on Earth."),
)

MANNER = Manner(
    opening=(
        Message("system", "You are a helpful assistant. You answer with one or two short sentences."),
        *(
            message
            for question, answer in _EXAMPLES
            for message in (Message("user", question), Message("assistant", answer))
        ),
    ),
    # What repeats more than six tokens in a row is held back; names can be said again.
    sampling={"dry_multiplier": 0.8, "dry_allowed_length": 6},
)
"""A small model learns from examples what a prompt in words does not teach it."""
