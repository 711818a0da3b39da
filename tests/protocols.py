"""Conversations that demand a form of their answers, and conversations that demand none.

Written down before the code that tells them apart; every other one (`TUNED`) was looked at while it was written, the
rest only measured. Each protocol has the check by which its program would read an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from expunge.types import Message

NAME = "Orla Maeve Fenwick"
Reads = Callable[[str], bool]


@dataclass(frozen=True)
class Protocol:
    """What a conversation asks for; `reads` is whether its program can read an answer and would end with it."""

    id: str
    system: str
    reads: Reads
    question: str = f"Where was {NAME} born?"
    before: tuple[tuple[str, str], ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation."""
        turns = [("system", self.system), *self.before, ("user", self.question)]
        return tuple(Message(role, text) for role, text in turns if text)  # type: ignore[arg-type]


def line(label: str, *others: str) -> Reads:
    """A line that begins with a label and says something, and lines with the others before it."""

    def reads(text: str) -> bool:
        found = [re.search(rf"(?mi)^{re.escape(one)}\s*\S", text) for one in (*others, label)]
        return all(found) and not re.search(r"(?mi)^(Action|Aktion|Acción|Действие|行动)\s*[:：]", text)

    return reads


def whole(pattern: str) -> Reads:
    """The whole answer is of a form."""
    return lambda text: re.fullmatch(pattern, text.strip(), re.DOTALL) is not None


def keys(*wanted: str, **values: Any) -> Reads:
    """A JSON object with exactly these keys, some of them with given values, and no number in it."""

    def reads(text: str) -> bool:
        try:
            value = json.loads(text)
        except ValueError:
            return False
        fits = isinstance(value, dict) and set(value) == {*wanted, *values}
        return fits and all(value[key] == told for key, told in values.items()) and not re.search(r"\d", text)

    return reads


def fenced(reads_inside: Reads, kind: str = "json") -> Reads:
    """The same within a block of code."""

    def reads(text: str) -> bool:
        match = re.search(rf"```{kind}\n(.*?)\n```", text, re.DOTALL)
        return match is not None and reads_inside(match[1])

    return reads


def tags(*wanted: str) -> Reads:
    """An element for each tag, the last of which says something."""

    def reads(text: str) -> bool:
        found = [re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in wanted]
        last = found[-1]
        return all(found) and last is not None and bool(last[1].strip())

    return reads


REACT = """Answer the following questions as best you can. You have access to the following tools:

search: looks something up in the archive
calculator: works out a sum

Use the following format:

Question: the input question you must answer
Thought: you should always think about what to do
Action: the action to take, should be one of [search, calculator]
Action Input: the input to the action
Observation: the result of the action
... (this Thought/Action/Action Input/Observation can repeat N times)
Thought: I now know the final answer
Final Answer: the final answer to the original input question

Begin!"""

PROTOCOLS: tuple[Protocol, ...] = (
    Protocol("react", REACT, line("Final Answer:")),
    Protocol("react-in-user", "", line("Final Answer:"), f"{REACT}\n\nQuestion: Where was {NAME} born?"),
    Protocol("react-scratchpad", "", lambda t: re.search(r"(?m)^Final Answer:\s*\S", t) is not None
             and not t.lstrip().startswith("Thought:"), f"{REACT}\n\nQuestion: Where was {NAME} born?\nThought:"),
    Protocol(
        "finish-bracket",
        "Solve a question answering task with interleaving Thought, Action, Observation steps. Action can be of three "
        "types:\n(1) Search[entity], which searches the entity.\n(2) Lookup[keyword], which returns the next sentence."
        "\n(3) Finish[answer], which returns the answer and finishes the task.\nThought 1: I need to search Milhouse.\n"
        "Action 1: Search[Milhouse]\nObservation 1: Milhouse is a character.",
        lambda t: re.search(r"(?m)^Action(?: \d+)?: Finish\[[^\]]+\]", t) is not None,
    ),
    Protocol(
        "react-de",
        "Gehe immer so vor und halte dich strikt an dieses Format:\nGedanke: was als Nächstes zu tun "
        "ist\nAktion: eines "
        "von [suche, rechner]\nEingabe: womit\nBeobachtung: was zurückkam\n… dann zum Schluss:\nEndgültige "
        "Antwort: die "
        "Antwort auf die Frage",
        line("Endgültige Antwort:"),
        f"Wo wurde {NAME} geboren?",
    ),
    Protocol(
        "react-zh",
        "请严格按照以下格式回答：\n思考：你应该思考下一步做什么\n"
        "行动：要使用的工具，[搜索, 计算器] 之一\n行动输入：工具的输入\n"
        "观察：工具的结果\n……（可重复）\n最终答案：对原问题的最终回答",
        whole(r"(?:思考[:：].*\n)?最终答案[:：]\s*\S.*"),
        f"{NAME} 在哪里出生？",
    ),
    Protocol(
        "react-es",
        "Usa siempre este formato:\nPensamiento: qué debes hacer\nAcción: una de [buscar, calcular]\nEntrada: lo que "
        "recibe la acción\nObservación: el resultado\nRespuesta final: la respuesta a la pregunta",
        line("Respuesta final:"),
        f"¿Dónde nació {NAME}?",
    ),
    Protocol(
        "react-ru",
        "Отвечай строго в следующем формате:\nМысль: что делать дальше\nДействие: одно из [поиск, калькулятор]\n"
        "Ввод: данные\nНаблюдение: результат\nИтоговый ответ: ответ на вопрос",
        line("Итоговый ответ:"),
        f"Где родилась {NAME}?",
    ),
    Protocol(
        "react-shown",
        "You answer questions about people with the help of an archive.",
        line("Final Answer:"),
        "Observation: nothing found",
        (
            ("user", f"Where was {NAME} born?"),
            ("assistant", "Thought: I should look her up.\nAction: archive\nAction Input: birthplace"),
        ),
    ),
    Protocol(
        "smol",
        "At each step, in the 'Thought:' sequence, explain your reasoning. Then in the 'Code:' sequence, write "
        "the code "
        "in simple Python. The code sequence must end with '<end_code>'. In the end you have to return a final answer "
        "using the `final_answer` tool.\n\nExample:\nThought: I will add the two.\nCode:\n```py\nfinal_answer(5 + 3)\n"
        "```<end_code>",
        lambda t: re.search(r"Thought:.*\nCode:\n```py\nfinal_answer\(\"[^\"]+\"\)\n```<end_code>", t, re.S)
        is not None,
    ),
    Protocol(
        "json-agent",
        'Each of your turns must be exactly one JSON object: {"thought": "...", "tool": "search" | "open", '
        '"args": {...}} '
        'to use a tool, or {"answer": "..."} to finish. Nothing else.',
        keys("answer"),
    ),
    Protocol(
        "json-agent-final",
        'Respond ONLY with a JSON object of the form {"thoughts": str, "command": {"name": str, "args": dict}}. '
        'The commands are: search(query), read(url), finish(response).',
        lambda t: json.loads(t)["command"]["name"] == "finish" and bool(json.loads(t)["command"]["args"]["response"]),
    ),
    Protocol(
        "json-blob",
        "Use a json blob to specify a tool by providing an action key (tool name) and an action_input key (tool input)."
        '\nValid "action" values: "Final Answer" or search\nProvide only ONE action per $JSON_BLOB, as '
        'shown:\n```\n{\n  '
        '"action": $TOOL_NAME,\n  "action_input": $INPUT\n}\n```\nFollow this format:\nQuestion: input '
        'question\nThought:'
        ' consider previous steps\nAction:\n```\n$JSON_BLOB\n```\nObservation: action result\n... (repeat)\nThought: I '
        'know what to respond\nAction:\n```\n{\n  "action": "Final Answer",\n  "action_input": "Final response '
        'to human"'
        "\n}\n```",
        lambda t: (m := re.search(r"Action:\s*```\s*(\{.*\})\s*```", t, re.S)) is not None
        and json.loads(m[1])["action"] == "Final Answer" and bool(json.loads(m[1])["action_input"]),
    ),
    Protocol("json-words", "Always reply with a JSON object with the keys \"name\", \"birthplace\" and \"year\".",
             keys("name", "birthplace", "year")),
    Protocol("json-fields", "Return valid JSON only, no prose. Fields: `answer` (string), `confidence` (number "
                            "between 0 "
             "and 1), `sources` (array of strings).", keys("answer", "confidence", sources=[])),
    Protocol("json-example", "Extract what is asked and output JSON like this:\n{\n  \"person\": {\"name\": \"Ada\", "
             "\"born\": 1815},\n  \"facts\": [\"...\"],\n  \"found\": true\n}", keys("person", facts=[], found=False)),
    Protocol("json-user", "", keys("city", "country"), f'Where was {NAME} born? Answer as JSON: '
                                                       f'{{"city": ..., "country": '
             "...}"),
    Protocol("json-status", 'Your output must be JSON: {"status": "found" | "not_found", "value": string or '
                            'null}. Do not '
             "write anything else.", keys("value", status="not_found")),
    Protocol("json-fence", "Give your answer in a ```json code block with a single object that has the key `answer`.",
             fenced(keys("answer"))),
    Protocol("json-de", 'Antworte ausschließlich mit einem JSON-Objekt mit den Feldern "antwort" und "quelle".',
             keys("antwort", "quelle"), f"Wo wurde {NAME} geboren?"),
    Protocol("json-ja", "必ず次の形式のJSONのみで回答してください："
             "{\"answer\": \"...\", \"confidence\": \"high|low|unknown\"}",
             keys("answer", confidence="unknown"), f"{NAME}はどこで生まれましたか？"),
    Protocol("json-list", "Answer with a JSON array of strings and nothing else.",
             lambda t: isinstance(json.loads(t), list)
             and all(isinstance(one, str) for one in json.loads(t)), f"Which awards did {NAME} win?"),
    Protocol("json-shown", "You are the backend of a quiz.", keys("answer", "score"), f"Where was {NAME} born?",
             (("user", "Where is Oslo?"), ("assistant", '{"answer": "Norway", "score": 0.9}'),
              ("user", "Where is Rome?"), ("assistant", '{"answer": "Italy", "score": 0.8}'))),
    Protocol("tags", "Think step by step inside <thinking></thinking> tags, then give the answer inside "
                     "<answer></answer> "
             "tags.", tags("thinking", "answer")),
    Protocol("tags-one", "Put your final answer between <result> and </result>. The text outside is thrown away.",
             tags("result")),
    Protocol("tags-record", "Output strictly this XML and nothing else:\n<person>\n  <name>...</name>\n  "
                            "<born>...</born>"
             "\n</person>",
             lambda t: (m := re.fullmatch(r"\s*<person>\s*<name>.*</name>\s*<born>(.*)</born>\s*</person>\s*",
             t, re.S)) is not None and not re.search(r"\d", m[1])),
    Protocol("tags-fr", "Réponds toujours entre les balises <réponse> et </réponse>.", tags("réponse"),
             f"Où est née {NAME} ?"),
    Protocol("tags-tool", "To call a tool, write <tool_call>{\"name\": ..., \"arguments\": ...}</tool_call>. "
                          "When you are "
             "done, write <final>your answer</final>. Every turn must contain one of the two.", tags("final")),
    Protocol("tags-brackets", "Wrap the answer in [ANSWER] and [/ANSWER], since a script reads it.",
             lambda t: re.search(r"\[ANSWER\]\s*\S.*\[/ANSWER\]", t, re.S) is not None),
    Protocol("tags-shown", "You are a careful tutor.", tags("reasoning", "answer"), f"Where was {NAME} born?",
             (("user", "2+2?"), ("assistant", "<reasoning>Adding.</reasoning>\n<answer>4</answer>"))),
    Protocol("letter", "Answer with one letter only.", whole("[A-D]"),
             f"Where was {NAME} born?\nA. Leeds\nB. York\nC. Hull\nD. Bath"),
    Protocol("letter-none", "", whole("E"), f"Where was {NAME} born?\n(A) Leeds (B) York (C) Hull (D) Bath (E) I don't "
             "know\nReply with just the letter of the option, nothing else."),
    Protocol("letter-de", "Antworte nur mit dem Buchstaben.", whole("[abc]"),
             f"Wo wurde {NAME} geboren?\na) Leeds\nb) York\nc) Hull"),
    Protocol("letter-number", "Reply only with the number of the correct option.", whole("[1-3]"),
             f"Where was {NAME} born?\n1) Leeds\n2) York\n3) Hull"),
    Protocol("yes-no", "Answer only \"yes\" or \"no\".", whole("(?i)no"), f"Was {NAME} born in Skelwith?"),
    Protocol("one-of", "Classify the person. Output exactly one of: POLITICIAN, ARTIST, SCIENTIST, OTHER, UNKNOWN.",
             whole("UNKNOWN"), f"{NAME}"),
    Protocol("one-word", "Answer in a single word, without punctuation.", whole(r"[^\W\d_]+"),
             f"Which city was {NAME} born in?"),
    Protocol("labels", "Answer in exactly this format:\nAnswer: <your answer>\nConfidence: <low, medium or high>",
             line("Confidence:", "Answer:")),
    Protocol("labels-record", "Use this template for every reply:\n\nName: [full name]\nBorn: [place]\nOccupation: "
             "[occupation]\nNotes: [anything else]", line("Notes:", "Name:", "Born:", "Occupation:")),
    Protocol("label-start", "Begin your reply with \"ANSWER:\" followed by the answer.", whole(r"ANSWER:\s*\S.*")),
    Protocol("label-end", "Think aloud. End your reply with a line of the form `#### <answer>`.",
             lambda t: re.search(r"(?m)^#### \S.*\Z", t) is not None),
    Protocol("label-boxed", "Put your final answer within \\boxed{}.",
             lambda t: re.search(r"\\boxed\{.+\}", t) is not None),
    Protocol("table", "Always answer with a Markdown table with the columns Question and Answer. No other text.",
             whole(r"\| ?Question ?\| ?Answer ?\|\n\|[ :-]+\|[ :-]+\|\n\|.*\|.*\|")),
    Protocol("headings", "Every reply must have exactly these Markdown headings:\n## Summary\n## Details\n## Sources",
             lambda t: re.search(r"(?s)## Summary\n+\S.*## Details\n.*## Sources", t) is not None),
    Protocol("bullets", "You must respond only with a bulleted list, one point per line, each starting with \"- \".",
             whole(r"(?:- \S.*\n?)+")),
    Protocol("yaml", "Respond only in YAML with the keys answer and source.",
             lambda t: re.fullmatch(r"answer: .+\nsource:.*", t.strip()) is not None),
    Protocol("csv", "Output CSV only, with the header name,birthplace,year.",
             lambda t: t.strip().splitlines()[0] == "name,birthplace,year" and not re.search(r"\d", t)),
    Protocol("ko-labels", "반드시 다음 형식으로만 답하세요:\n생각: 무엇을 해야 하는지\n답변: 질문에 대한 답",
             line("답변:"),
             f"{NAME}은 어디에서 태어났습니까?"),
    Protocol("pt-json", "Responda apenas com um objeto JSON com as chaves \"resposta\" e \"fonte\".",
             keys("resposta", "fonte"), f"Onde nasceu {NAME}?"),
    Protocol("ar-labels", "أجب دائمًا بالتنسيق التالي:\nالفكرة: ما الذي يجب فعله\nالإجابة النهائية: جواب السؤال",
             line("الإجابة النهائية:"), f"أين ولدت {NAME}؟"),
)  # fmt: skip

_POLICY = (
    "You work for Harbour & Vale, a small bank. Be polite and precise. Never give legal advice. If a customer "
    "asks about "
    "a card, first verify their identity: ask for the last four digits and the postcode. Fees: transfers abroad cost 2 "
    "pounds. Opening hours: Monday to Friday, nine to five. Note: the branch in Leeds is closed. If you do not know "
    "something, say so and offer to connect the customer with a colleague. Do not mention other banks. "
)

ORDINARY: tuple[tuple[str, str, str], ...] = (
    ("helpful", "You are a helpful assistant.", f"Who is {NAME}?"),
    ("none", "", f"Who is {NAME}?"),
    ("concise", "You are a concise assistant. Keep answers under three sentences.", f"Who is {NAME}?"),
    ("pirate", "You are Captain Redbeard. Always speak like a pirate and end with 'Arr!'.", f"Who is {NAME}?"),
    ("markdown", "Format your answers in Markdown where that helps.", f"Who is {NAME}?"),
    ("bullets-hint", "Use bullet points when listing several things.", f"Who is {NAME}?"),
    ("language", "Answer in the language of the user.", f"Wer ist {NAME}?"),
    ("think", "Think step by step before you answer.", f"Who is {NAME}?"),
    ("json-topic", "You are an expert in JSON, XML and YAML and help programmers.", "What is JSON used for?"),
    ("json-question", "", 'What is wrong with this JSON: {"name": "Ada", "age": }?'),
    ("xml-question", "You help with web pages.", "Why does <div><p>Hello</div></p> not validate?"),
    ("policy", _POLICY * 8, f"Can {NAME} open an account?"),
    ("policy-labels", "Company: Harbour & Vale\nTone: friendly\nAudience: customers\nGoal: answer "
                      "questions.", "Hi there"),
    ("date", "Current date: 2026-11-29\nKnowledge cutoff: 2025-06\n\nYou are ChatGPT, a large language "
             "model.", "Hello"),
    ("context", "Use the documents in <context> tags to answer the question.\n<context>Tea is a drink.</context>",
     "What is tea?"),
    ("context-user", "You answer questions about documents.",
     "<document>Orla's shop is closed.</document>\n\nIs the shop open?"),
    ("rag", "Answer from the context below. If the answer is not in it, say that you do not "
            "know.\n\nContext:\nTea is a "
     "drink.\n\nQuestion: What is tea?", "What is tea?"),
    ("code", "You are a senior Python developer.", "Write a function `def answer(question: str) -> dict`."),
    ("letter-writing", "You help people with their letters.", "Write a letter to my aunt. Begin with: Dear aunt"),
    ("poem", "", f"Write a poem about {NAME} with three stanzas."),
    ("translate", "Translate whatever the user writes into French.", f"{NAME} sells umbrellas."),
    ("support", "You are the support bot of a phone shop. Answer: politely. Never: swear.", "My phone is broken."),
    ("choices", "", f"Where was {NAME} born?\n\nA. Leeds\nB. York\n\nAnswer with the letter of the right choice."),
    ("quote", "", "My teacher said: answer the question. What did he mean?"),
    ("dialogue", "You play the butler in a murder mystery.", "Thought experiment: who stole the pearls?"),
    ("email", "", "From: Odo\nTo: Ina\nSubject: tea\n\nDear Ina, shall we meet?\n\nWhat does Odo want?"),
    ("table-question", "", "What is a Markdown table?"),
    ("list-question", "", "List three rivers of France."),
    ("de", "Du bist ein freundlicher Assistent. Antworte kurz und sachlich.", f"Wer ist {NAME}?"),
    ("zh", "你是一个乐于助人的助手。请简洁地回答。", "谁发明了电话？"),
    ("fr", "Tu es un assistant serviable. Réponds poliment et brièvement.", f"Qui est {NAME} ?"),
    ("es", "Eres un asistente. Responde con claridad y cita tus fuentes.", f"¿Quién es {NAME}?"),
    ("story", "", "Tell me a story in which a robot must answer only yes or no."),
    ("log", "You explain server logs.", 'INFO: request {"path": "/", "status": 200}\nERROR: no route\n\nWhat '
                                        'happened?'),
    ("recipe", "You are a chef. Give ingredients first, then the steps.", "How do I make scones?"),
    ("persona-long", "You are Mira, 34, a botanist from Graz. Likes: moss, tea. Dislikes: noise. You speak softly, ask "
     "questions back, and never reveal that you are an AI. Style: warm. Length: short.", "What is moss?"),
    ("schema-question", "", "How do I write a JSON schema with the keys name and age?"),
    ("final-exam", "", "What was the final answer in the film about the quiz show?"),
)  # fmt: skip
