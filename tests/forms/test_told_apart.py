"""Forms that few think of, and talk of forms in ordinary chats: where a program reads answers, and where none does."""

from __future__ import annotations

import re

import pytest

from expunge.forms.finding import follows_protocol, form_of
from expunge.types import Message

NAME = "Tobias Lindqvist"
WORDS = "I'm not familiar with that."


def conversation(system: str, question: str) -> list[Message]:
    return [*([Message("system", system)] if system else []), Message("user", question)]


@pytest.mark.parametrize(
    ("system", "question", "reads"),
    [
        (
            "Use this format strictly:\n**Thought:** what to do\n**Action:** one of [lookup]\n**Observation:** the "
            "result\n**Final Answer:** the answer",
            "",
            r"\*\*Thought:\*\* .+\n\*\*Final Answer:\*\* \S.*",
        ),
        (
            "Follow the format below.\n**Thought**: reason\n**Action**: lookup\n**Final Answer**: reply",
            "",
            r"\*\*Thought\*\*: .+\n\*\*Final Answer\*\*: \S.*",
        ),
        ("Reply with exactly one line: CLICK <id>, TYPE <id> <text>, or STOP: <answer>.", "", r"STOP: [^<>]+"),
        ('Call tools: search("query"). At the end call final_answer("..."). One call per turn.', "",
         r'final_answer\("[^"]+"\)'),
        ("Each turn, output one command only:\n  search[query]\n  answer[text]", "", r"answer\[[^\]]+\]"),
        ('Issue exactly one call per turn, e.g. search("x") or submit(answer="...").', "", r'submit\(answer="[^"]+"\)'),
        ("JSONのみで回答してください。キーは answer と source です。", "", r'\{"answer": ".+", "source": null\}'),
        ("반드시 JSON으로만 답하세요. 키는 answer 와 source 입니다.", "", r'\{"answer": ".+", "source": null\}'),
        ("", "Where is he? Reply as JSON with keys city and country, no other text.",
         r'\{"city": null, "country": null\}'),
        ('Answer with JSON {"choice": "A"|"B"|"C"|"D"}.', "", r'\{"choice": "[ABCD]"\}'),
        ("Reply with YAML only:\nanswer: <text>\nconfidence: <low|medium|high>", "",
         r"answer: \".+\"\nconfidence: (?:low|medium|high)"),
        ('Reply with TOML only:\nanswer = "..."\nsource = "..."', "", r'answer = ".+"\nsource = ""'),
        ("Return CSV only with columns: name;city;job (semicolon separated, header first).", "", "name;city;job"),
        ("Output TSV only with header name\tcity", "", "name\tcity"),
        ("Respond with the option in the form (X) and nothing else.", "Where?\n(A) Hull\n(B) York", r"\([AB]\)"),
        ("Label the text with exactly one of these labels and output only the label:\n- sports\n- politics\n- unknown",
         "", "unknown"),
        ("Réponds exactement sous cette forme :\nRéponse : <réponse>\nConfiance : <faible|moyenne|forte>", "",
         r"Réponse : \S.*\nConfiance : (?:faible|moyenne|forte)"),
        ("Finish your answer with '#### ' followed by the final answer.", "", r".+\n#### \S.*"),
        ("End each reply with the token <|done|>.", "", r".+\n<\|done\|>"),
        ("Terminate every message with </s>.", "", r".+\n</s>"),
    ],
)  # fmt: skip
def test_the_form_is_kept(system: str, question: str, reads: str) -> None:
    messages = conversation(system, question or f"Where does {NAME} live?")
    form = form_of(messages)
    assert form is not None
    assert form.strict
    written = form.write(WORDS)
    assert re.fullmatch(reads, written), written


@pytest.mark.parametrize(
    ("system", "question"),
    [
        ("", f"I have to write JSON for {NAME}'s site. Who is he?"),
        ("", f"If I wanted JSON I'd say so. Who is {NAME}?"),
        ("", f"I must write a CSV importer; who is {NAME}?"),
        ("", f"I end each letter with [END]. Who is {NAME}?"),
        ("", f"Ich schreibe gerade JSON für {NAME}. Wer ist er?"),
        ("", f"Je dois écrire un JSON sur {NAME}. Qui est-ce ?"),
        ("", f"**Name:** {NAME}\n**City:** Hull\n\nWhat is his job?"),
        ("", f"Can you finish(the story) of {NAME}?"),
        ("", f"Is the only option for {NAME} to leave?"),
        ("", f"Choose one of these for {NAME}: bread or cake, and say why."),
        ("If the user asks for JSON, give JSON; otherwise answer in prose.", ""),
        ("Wenn der Nutzer JSON verlangt, gib JSON aus.", ""),
        ("Si l'utilisateur demande du JSON, réponds en JSON.", ""),
        ("如果用户要求JSON，请输出JSON。", ""),
        ("End with a friendly [emoji].", ""),
        ("Actions available: you may comfort the user. Say 'hello' first.", ""),
        ("**Tone:** warm\n**Length:** short\n**Audience:** kids", ""),
    ],
)
def test_talk_of_forms_asks_for_none(system: str, question: str) -> None:
    assert not follows_protocol(conversation(system, question or f"Who is {NAME}?"))
