from __future__ import annotations

import numpy as np
import pytest

from expunge.screen.semantic.embeddings import Vectors
from expunge.screen.semantic.negatives import Samples, unit
from expunge.screen.semantic.topic_classifier import General, TopicClassifier, learn

_RANDOM = np.random.default_rng(7)
_SIZE = 48
_TOPIC, _ACCENT = np.eye(_SIZE, dtype=np.float32)[:2]


def _texts(count: int, *, topic: float = 0.0, accent: float = 0.0) -> Vectors:
    noise = _RANDOM.standard_normal((count, _SIZE)).astype(np.float32) / 4
    return unit(noise + topic * _TOPIC + accent * _ACCENT)


def _general() -> General:
    vectors = np.vstack([_texts(300), _texts(40, accent=2.0)])
    languages = ("en",) * 300 + ("xx",) * 40
    samples = Samples(tuple(map(str, range(340))), np.arange(340, dtype=np.int32), languages)
    return General.of(samples, vectors)


def _over(general: General, probe: TopicClassifier, vectors: Vectors) -> float:
    placed = general.place(vectors)
    to_general = placed @ general.rows.T
    nearest = np.sort(to_general, axis=1)[:, -3:].mean(axis=1)
    return float((probe.scores(placed, to_general, nearest) > probe.threshold).mean())


@pytest.mark.parametrize("examples", [3, 12, 50])
def test_the_topic_is_told_from_the_rest(examples: int) -> None:
    general = _general()
    probe = learn(general, _texts(examples, topic=2.0), range(examples))
    assert _over(general, probe, _texts(100, topic=2.0)) > 0.9
    assert _over(general, probe, _texts(300)) < 0.03


def test_another_language_does_not_hide_the_topic_and_is_none_itself() -> None:
    general = _general()
    probe = learn(general, _texts(30, topic=2.0), range(30))
    assert _over(general, probe, _texts(100, topic=2.0, accent=2.0)) > 0.9
    assert _over(general, probe, _texts(300, accent=2.0)) < 0.03


def test_without_examples_nothing_far_from_the_topic_is_on_it() -> None:
    general = _general()
    probe = learn(general, _texts(1, topic=2.0), ())
    assert _over(general, probe, _texts(300)) < 0.03


def test_forms_of_an_example_do_not_vouch_for_each_other() -> None:
    general = _general()
    examples = _texts(30, topic=2.0)
    twice = np.repeat(examples, 2, axis=0)
    alone = learn(general, twice, [i // 2 for i in range(60)])
    vouched = learn(general, twice, range(60))
    assert alone.threshold < vouched.threshold
