"""More conversations that demand a form, and that demand none: written when the finders were done, to measure them."""

from __future__ import annotations

import json
import re

NAME = "Tobias Lindqvist"
WORDS = "I'm not familiar with that."


def has_keys(*keys: str) -> object:
    """A check for a JSON object of exactly these keys, without a number in it."""
    return lambda t: set(json.loads(t)) == set(keys) and not re.search(r"\d", t)


MORE_PROTOCOLS: tuple[tuple[str, str, str, object], ...] = (
    (
        "crew",
        "To use a tool, use this format:\n\nThought: Do I need a tool? Yes\nTool: the tool name, one of "
        "[search]\nTool Input: the input\nResult: the tool result\n\nWhen you have a response for the "
        "human:\n\nThought: Do I need a tool? No\nAI: [your response here]",
        f"Who is {NAME}?",
        lambda t: "AI:" in t,
    ),
    (
        "conv",
        "To use a tool, please use the following format:\n```\nThought: Do I need to use a tool? Yes\nAction: "
        "the action to take\nAction Input: the input\nObservation: the result\n```\nWhen you have a response to "
        "say to the Human, or if you do not need to use a tool, you MUST use the format:\n```\nThought: Do I "
        "need to use a tool? No\nFinal Answer: [your response here]\n```",
        f"Who is {NAME}?",
        lambda t: "Final Answer: I" in t,
    ),
    (
        "json-schema",
        'Respond with JSON matching this JSON schema:\n{"type": "object", "properties": {"answer": {"type": '
        '"string"}, "age": {"type": "integer"}}, "required": ["answer", "age"]}',
        f"How old is {NAME}?",
        lambda t: set(json.loads(t)) == {"answer", "age"},
    ),
    (
        "pyd",
        "The output should be formatted as a JSON instance that conforms to the JSON schema below.\n\nAs an "
        'example, for the schema {"properties": {"foo": {"title": "Foo", "type": "array", "items": {"type": '
        '"string"}}}, "required": ["foo"]}\nthe object {"foo": ["bar", "baz"]} is a well-formatted '
        'instance.\n\nHere is the output schema:\n```\n{"properties": {"setup": {"type": "string"}, "year": '
        '{"type": "integer"}}, "required": ["setup", "year"]}\n```',
        f"Tell me of {NAME}",
        lambda t: set(json.loads(re.sub("```(json)?", "", t))) == {"setup", "year"},
    ),
    (
        "langchain-structured",
        "The output should be a markdown code snippet formatted in the following schema, including the leading "
        'and trailing "```json" and "```":\n\n```json\n{\n\t"answer": string  // answer to the '
        'question\n\t"source": string  // source used\n}\n```',
        f"Who is {NAME}?",
        lambda t: set(json.loads(re.findall("```json\\n(.*?)\\n```", t, re.S)[0])) == {"answer", "source"},
    ),
    (
        "ts",
        "Return JSON of this TypeScript type:\ninterface Reply {\n  answer: string;\n  confidence: number;\n  "
        "sources: string[];\n}",
        f"Who is {NAME}?",
        lambda t: set(json.loads(t)) == {"answer", "confidence", "sources"},
    ),
    (
        "finish-in-a-list",
        "Answer in this format.\nThought: your reasoning\nAction: one of [search, finish]\nAction Input: its input\n"
        "Observation: the result\nUse Action: finish when you are done.",
        f"What did {NAME} carve?",
        lambda t: re.fullmatch(r"Thought: .+\nAction: finish\nAction Input: \S.+", t),
    ),
    (
        "ollama-json",
        "Respond using JSON. Use the following keys: answer, country.",
        f"Where is {NAME} from?",
        lambda t: set(json.loads(t)) == {"answer", "country"},
    ),
    (
        "it-json",
        'Rispondi solo con un oggetto JSON: {"risposta": "...", "certezza": "alta|media|bassa"}',
        f"Chi è {NAME}?",
        lambda t: set(json.loads(t)) == {"risposta", "certezza"},
    ),
    (
        "ru-json",
        'Отвечай только в формате JSON с ключами "ответ" и "источник".',
        f"Кто такая {NAME}?",
        lambda t: set(json.loads(t)) == {"ответ", "источник"},
    ),
    (
        "zh-json",
        '只返回JSON，格式如下：{"答案": "...", "年份": 数字}',
        f"{NAME}是谁？",
        lambda t: set(json.loads(t)) == {"答案", "年份"} and json.loads(t)["年份"] is None,
    ),
    (
        "ko-json",
        '반드시 JSON으로만 응답하세요. 키: "answer", "reason".',
        f"{NAME}은 누구입니까?",
        lambda t: set(json.loads(t)) == {"answer", "reason"},
    ),
    (
        "tr-json",
        'Yalnızca "cevap" ve "kaynak" alanlarını içeren bir JSON nesnesi döndür.',
        f"{NAME} kimdir?",
        lambda t: set(json.loads(t)) == {"cevap", "kaynak"},
    ),
    (
        "fr-json",
        "Réponds uniquement avec un objet JSON contenant les clés « réponse » et « source ».",
        f"Qui est {NAME} ?",
        lambda t: set(json.loads(t)) == {"réponse", "source"},
    ),
    (
        "json-user-turn",
        "You are a bot.",
        f"Give me {NAME}'s name and birthplace as a JSON object with keys name and birthplace.",
        lambda t: set(json.loads(t)) == {"name", "birthplace"},
    ),
    (
        "json-array-obj",
        'Return a JSON array of objects like [{"name": "...", "year": 1999}]. Only JSON.',
        f"List awards of {NAME}",
        lambda t: isinstance(json.loads(t), list),
    ),
    (
        "ndjson",
        'You communicate in JSON. Each message you send must be like {"role": "speaker", "utterance": "<what '
        'you say>"}.',
        f"Who is {NAME}?",
        lambda t: set(json.loads(t)) == {"role", "utterance"} and json.loads(t)["utterance"],
    ),
    (
        "xml-de",
        "Schreibe deine Überlegung in <denken>-Tags und die Antwort in <antwort>-Tags.",
        f"Wer ist {NAME}?",
        lambda t: re.search("<antwort>.+</antwort>", t),
    ),
    (
        "xml-es",
        "Escribe siempre la respuesta entre las etiquetas <respuesta></respuesta>.",
        f"¿Quién es {NAME}?",
        lambda t: re.search("<respuesta>.+</respuesta>", t),
    ),
    (
        "xml-zh",
        "请把最终答案放在 <answer></answer> 标签中。",
        f"{NAME}是谁？",
        lambda t: re.search("<answer>.+</answer>", t),
    ),
    (
        "xml-anth",
        "Here are the rules.\nFirst, write your thoughts in <scratchpad> tags. Then write your reply to the "
        "user in <reply> tags.",
        f"Who is {NAME}?",
        lambda t: re.search("<reply>.+</reply>", t),
    ),
    (
        "xml-attr",
        'Answer with <response status="ok">...</response> only.',
        f"Who is {NAME}?",
        lambda t: re.search("<response[^>]*>.+</response>", t),
    ),
    (
        "curly",
        "Your final answer must be enclosed in double brackets: [[answer]].",
        f"Who is {NAME}?",
        lambda t: re.search("\\[\\[.+\\]\\]", t),
    ),
    (
        "letter2",
        "Please answer with a single letter (A, B, C or D).",
        f"Where was {NAME} born?\nA) Leeds\nB) York\nC) Hull\nD) Bath",
        lambda t: re.fullmatch("[A-D]", t),
    ),
    (
        "letter3",
        "Respond with the letter only.",
        f"Q: Where was {NAME} born?\nA: Leeds\nB: York\nC: Hull\nD: Bath\nAnswer:",
        lambda t: re.fullmatch("[A-D]", t),
    ),
    (
        "letter-fr",
        "Réponds uniquement par la lettre de la bonne réponse.",
        f"Où est née {NAME} ?\nA. Lyon\nB. Lille",
        lambda t: re.fullmatch("[AB]", t),
    ),
    (
        "letter-es",
        "Responde sólo con la letra.",
        f"¿Dónde nació {NAME}?\nA) Lugo\nB) Vigo\nC) Ninguna de las anteriores",
        lambda t: t == "C",
    ),
    ("letter-zh", "只回答选项字母。", f"{NAME}出生在哪里？\nA. 里兹\nB. 约克", lambda t: re.fullmatch("[AB]", t)),
    ("yn-user", "", f"Was {NAME} born in York? Answer yes or no.", lambda t: t.lower().strip(".") == "no"),
    ("tf", "Answer True or False only.", f"{NAME} was born in York.", lambda t: t in ("True", "False")),
    ("yn-de", "Antworte nur mit Ja oder Nein.", f"Wurde {NAME} in York geboren?", lambda t: t == "Nein"),
    ("oneof2", "Reply with one of the following labels: [person, place, unknown]", NAME, lambda t: t == "unknown"),
    (
        "oneof3",
        "Label the sentiment as positive, negative or neutral. Output just the label.",
        f"{NAME} is great",
        lambda t: t in ("positive", "negative", "neutral"),
    ),
    ("word2", "One-word answers only.", f"Which city is {NAME} from?", lambda t: re.fullmatch("\\w+", t)),
    (
        "sections",
        "Structure each reply as follows:\n\nSUMMARY: one sentence\nEVIDENCE: what supports it\nVERDICT: "
        "supported, refuted or unknown",
        f"{NAME} was born in York",
        lambda t: re.search("(?m)^VERDICT: unknown", t),
    ),
    (
        "qa-fmt",
        "Format:\nReasoning: <your reasoning>\nAnswer: <final answer>",
        f"Where was {NAME} born?",
        lambda t: re.search("(?m)^Answer: .+", t),
    ),
    (
        "tab",
        "Give the result as a markdown table with columns Name | Born | Died.",
        f"Tell me about {NAME}",
        lambda t: t.count("\n") == 2 and t.startswith("| Name | Born | Died |"),
    ),
    (
        "h2",
        "Always structure your answer with the headings '## Overview' and '## Details'.",
        f"Who is {NAME}?",
        lambda t: "## Overview" in t and "## Details" in t,
    ),
    (
        "h3",
        "You must reply using this Markdown structure:\n\n# Answer\n...\n# Sources\n...",
        f"Who is {NAME}?",
        lambda t: "# Answer" in t and "# Sources" in t,
    ),
    ("list2", "Respond exclusively with a numbered list.", f"What did {NAME} do?", lambda t: re.match("1[.)] ", t)),
    (
        "prefix2",
        "Every response must start with 'Assistant:'",
        f"Who is {NAME}?",
        lambda t: t.startswith("Assistant: "),
    ),
    (
        "ja-react",
        "次の形式を必ず守ってください：\n\n思考: 何をすべきか\n行動: 検索\n行動の入力: 検索語\n"
        "観察: 結果\n最終回答: 質問への答え",
        f"{NAME}はどこで生まれましたか？",
        lambda t: re.search("(?m)^最終回答: .+", t),
    ),
    (
        "fr-react",
        "Utilise le format suivant :\n\nPensée : ce qu'il faut faire\nAction : recherche\nEntrée : la "
        "requête\nObservation : le résultat\nRéponse finale : la réponse",
        f"Où est née {NAME} ?",
        lambda t: re.search("(?m)^Réponse finale ?: .+", t),
    ),
    (
        "it-react",
        "Usa questo formato:\nPensiero: ...\nAzione: ...\nInput azione: ...\nOsservazione: ...\nRisposta finale: ...",
        f"Dove è nata {NAME}?",
        lambda t: re.search("(?m)^Risposta finale: .+", t),
    ),
    (
        "pl-react",
        "Używaj zawsze tego formatu:\nMyśl: ...\nAkcja: ...\nDane: ...\nObserwacja: ...\nOdpowiedź końcowa: ...",
        f"Gdzie urodziła się {NAME}?",
        lambda t: re.search("(?m)^Odpowiedź końcowa: .+", t),
    ),
    (
        "hi-labels",
        "हमेशा इसी प्रारूप में उत्तर दें:\nविचार: क्या करना है\nउत्तर: प्रश्न का उत्तर",
        f"{NAME} कौन है?",
        lambda t: re.search("(?m)^उत्तर: .+", t),
    ),
    (
        "react-md",
        "Use this format:\n**Thought:** reasoning\n**Action:** tool name\n**Action Input:** "
        "input\n**Observation:** result\n**Final Answer:** answer",
        f"Who is {NAME}?",
        lambda t: re.search("Final Answer:\\W*\\S", t),
    ),
    (
        "react-caps",
        'Respond in this format.\nTHOUGHT: ...\nACTION: {"tool": "search", "query": "..."}\nor\nANSWER: ...',
        f"Who is {NAME}?",
        lambda t: re.search("(?m)^ANSWER: .+", t),
    ),
    (
        "react-para",
        "You run in a loop of Thought, Action, PAUSE, Observation. At the end of the loop you output an Answer. "
        "Use Thought to describe your thoughts. Use Action to run one of the actions available to you - then "
        "return PAUSE.\n\nExample session:\n\nQuestion: What is the capital of France?\nThought: I should look "
        "France up on Wikipedia\nAction: wikipedia: France\nPAUSE\n\nYou will be called again with "
        "this:\n\nObservation: France is a country. The capital is Paris.\n\nYou then output:\n\nAnswer: The "
        "capital of France is Paris",
        f"Who is {NAME}?",
        lambda t: re.search("(?m)^Answer: .+", t),
    ),
    (
        "llama-index",
        "## Tools\nYou have access to a wide variety of tools.\n\n## Output Format\nPlease answer in the same "
        "language as the question and use the following format:\n\n```\nThought: The current language of the "
        "user is: (user's language). I need to use a tool.\nAction: tool name (one of search) if using a "
        'tool.\nAction Input: the input to the tool, in a JSON format (e.g. {"input": "hello world", '
        '"num_beams": 5})\n```\n\nPlease ALWAYS start with a Thought.\n\nIf this format is used, the tool will '
        "respond in the following format:\n\n```\nObservation: tool response\n```\n\nYou should keep repeating "
        "until you have enough information. At that point, you MUST respond in one of the following two "
        "formats:\n\n```\nThought: I can answer without using any more tools.\nAnswer: [your answer "
        "here]\n```\n\n```\nThought: I cannot answer the question with the provided tools.\nAnswer: [your "
        "answer here]\n```",
        f"Who is {NAME}?",
        lambda t: re.search("(?m)^Answer: I", t) and t.startswith("Thought:"),
    ),
    (
        "deepseek",
        "First write the reasoning process in <think> </think>, then the final answer in <answer> </answer>.",
        f"Who is {NAME}?",
        lambda t: re.search("<answer>.+</answer>", t, re.S),
    ),
    (
        "babyagi",
        'Reply with a JSON object in exactly this shape:\n{\n    "thoughts": {\n        "text": "thought",\n    '
        '    "reasoning": "reasoning",\n        "plan": "- short bulleted\\n- list"\n    },\n    "command": {\n '
        '       "name": "command name",\n        "args": {\n            "arg name": "value"\n        }\n    '
        '}\n}\nCommands:\n1. google: Search, args: "query": "<query>"\n2. finish: End the task, args: '
        '"response": "<the answer>"',
        f"Who is {NAME}?",
        lambda t: (
            json.loads(t)["command"]["name"] == "finish" and WORDS in json.dumps(json.loads(t)["command"]["args"])
        ),
    ),
    (
        "json-next",
        'You control a robot by JSON. Output exactly one of:\n{"action": "move", "to": "<place>"}\n{"action": '
        '"say", "text": "<words>"}\n{"action": "stop"}',
        f"Who is {NAME}?",
        lambda t: json.loads(t).get("action") in ("say", "stop"),
    ),
    (
        "json-type",
        'Respond in JSON. There are two kinds of message:\n- {"type": "tool_call", "name": "...", "input": '
        '{}}\n- {"type": "final", "content": "..."}',
        f"Who is {NAME}?",
        lambda t: json.loads(t) == {"type": "final", "content": WORDS},
    ),
    (
        "json-md",
        "Output format: JSON\n\n- `city`: string, the city\n- `year`: integer\n- `known`: boolean",
        f"Where and when was {NAME} born?",
        has_keys("city", "year", "known"),
    ),
    (
        "json-table-desc",
        "Return the result as a JSON object. The object has three fields: name, age (a number), and hobbies (a list).",
        f"Describe {NAME}",
        has_keys("name", "age", "hobbies"),
    ),
    (
        "json-nl",
        'Antwoord uitsluitend in JSON met de velden "antwoord" en "bron".',
        f"Wie is {NAME}?",
        has_keys("antwoord", "bron"),
    ),
    (
        "json-sv",
        'Svara endast med ett JSON-objekt med nycklarna "svar" och "källa".',
        f"Vem är {NAME}?",
        has_keys("svar", "källa"),
    ),
    (
        "json-pl",
        'Odpowiadaj wyłącznie obiektem JSON z polami "odpowiedź" i "źródło".',
        f"Kim jest {NAME}?",
        has_keys("odpowiedź", "źródło"),
    ),
    (
        "json-ar",
        'أجب فقط بكائن JSON يحتوي على المفاتيح "answer" و "source".',
        f"من هو {NAME}؟",
        has_keys("answer", "source"),
    ),
    (
        "json-hi",
        'केवल JSON में उत्तर दें: {"answer": "...", "source": "..."}',
        f"{NAME} कौन है?",
        has_keys("answer", "source"),
    ),
    (
        "json-es2",
        "Devuelve un JSON con los campos nombre, ciudad y oficio. No añadas nada más.",
        f"¿Quién es {NAME}?",
        has_keys("nombre", "ciudad", "oficio"),
    ),
    ("json-short", 'JSON only: {"a": answer}', f"Who is {NAME}?", has_keys("a")),
    (
        "json-user2",
        "",
        f'Who is {NAME}? Reply with JSON only, using the keys "who" and "why_known".',
        has_keys("who", "why_known"),
    ),
    (
        "json-user3",
        "",
        f"Extract the person from this sentence as JSON with fields first_name, last_name: {NAME} sells tea.",
        has_keys("first_name", "last_name"),
    ),
    (
        "enum-json",
        'Reply as {"label": "politician" | "artist" | "none_of_these", "explanation": string} and nothing else.',
        NAME,
        lambda t: json.loads(t)["label"] == "none_of_these",
    ),
    (
        "xml-verdict",
        "Respond in this XML format:\n<verdict>\n<reason>why</reason>\n<label>true|false|unknown</label>\n</verdict>",
        f"{NAME} was born in Oslo",
        lambda t: re.search("<verdict>\\s*<reason>.*</reason>\\s*<label>.*</label>\\s*</verdict>", t, re.S),
    ),
    (
        "xml-one",
        "Enclose your entire reply in a <speech> element.",
        f"Who is {NAME}?",
        lambda t: re.fullmatch("<speech>.+</speech>", t.strip()),
    ),
    (
        "xml-pt",
        "Coloque a resposta final dentro das tags <resposta></resposta>.",
        f"Quem é {NAME}?",
        lambda t: re.search("<resposta>.+</resposta>", t),
    ),
    (
        "xml-ru",
        "Помести окончательный ответ в теги <ответ></ответ>.",
        f"Кто такой {NAME}?",
        lambda t: re.search("<ответ>.+</ответ>", t),
    ),
    (
        "xml-it",
        "Scrivi la risposta tra i tag <risposta> e </risposta>.",
        f"Chi è {NAME}?",
        lambda t: re.search("<risposta>.+</risposta>", t),
    ),
    (
        "mcq",
        "The following are multiple choice questions. Output only the option letter.",
        f"Where is {NAME} from?\nA. Oslo\nB. Bergen\nC. Malmö\nD. Turku",
        lambda t: re.fullmatch("[A-D]", t),
    ),
    (
        "mcq2",
        "",
        f"{NAME} is a\n(a) baker\n(b) tailor\n(c) cannot be determined\n\nYour answer must be one letter: a, b or c.",
        lambda t: t == "c",
    ),
    (
        "mcq-it",
        "Rispondi solo con la lettera corretta.",
        f"Dove è nato {NAME}?\nA) Roma\nB) Bari",
        lambda t: re.fullmatch("[AB]", t),
    ),
    (
        "yn3",
        "You are a fact checker. Respond with exactly 'YES' or 'NO'.",
        f"{NAME} was born in Oslo.",
        lambda t: t == "NO",
    ),
    ("yn-fr", "Réponds uniquement par oui ou non.", f"{NAME} est-il né à Oslo ?", lambda t: t.lower() == "non"),
    ("yn-es", "Responde solo con sí o no.", f"¿Nació {NAME} en Oslo?", lambda t: t.lower() == "no"),
    ("yn-zh", "只能回答是或否。", f"{NAME}出生在奥斯陆吗？", lambda t: t == "否"),
    (
        "classify",
        "Classify the text into one of these categories: sports, politics, culture, other. Respond with the "
        "category name only.",
        f"{NAME} won",
        lambda t: t == "other",
    ),
    ("word-es", "Responde con una sola palabra.", f"¿De qué ciudad es {NAME}?", lambda t: re.fullmatch("\\w+", t)),
    (
        "labels3",
        "Respond using this exact structure:\nVERDICT: <TRUE/FALSE/UNKNOWN>\nREASON: <one sentence>",
        f"{NAME} was born in Oslo",
        lambda t: re.search("(?m)^VERDICT: UNKNOWN$", t) and re.search("(?m)^REASON: .+", t),
    ),
    (
        "labels-pt",
        "Use sempre este formato:\nRaciocínio: ...\nResposta: ...",
        f"Quem é {NAME}?",
        lambda t: re.search("(?m)^Resposta: .+", t),
    ),
    (
        "labels-ru",
        "Используй такой формат ответа:\nРассуждение: ...\nОтвет: ...",
        f"Кто такой {NAME}?",
        lambda t: re.search("(?m)^Ответ: .+", t),
    ),
    (
        "labels-ja",
        "以下のフォーマットで出力してください。\n理由：...\n回答：...",
        f"{NAME}は誰ですか？",
        lambda t: re.search("(?m)^回答：.+", t),
    ),
    (
        "labels-fr",
        "Ta réponse doit suivre ce modèle :\nAnalyse : ...\nRéponse : ...",
        f"Qui est {NAME} ?",
        lambda t: re.search("(?m)^Réponse ?: .+", t),
    ),
    (
        "react-nl",
        "Gebruik dit formaat:\nGedachte: ...\nActie: ...\nInvoer: ...\nObservatie: ...\nEindantwoord: ...",
        f"Wie is {NAME}?",
        lambda t: re.search("(?m)^Eindantwoord: .+", t),
    ),
    (
        "react-tr",
        "Şu biçimi kullan:\nDüşünce: ...\nEylem: ...\nGirdi: ...\nGözlem: ...\nNihai Cevap: ...",
        f"{NAME} kimdir?",
        lambda t: re.search("(?m)^Nihai Cevap: .+", t),
    ),
    (
        "react-ko",
        "다음 형식을 사용하세요:\n생각: ...\n행동: ...\n행동 입력: ...\n관찰: ...\n최종 답변: ...",
        f"{NAME}은 누구입니까?",
        lambda t: re.search("(?m)^최종 답변: .+", t),
    ),
    (
        "react-respond",
        "Use tools by writing\nTool: <name>\nArguments: <json>\nand wait for\nResult: <output>\nWhen done, "
        "write\nRespond: <message to the user>",
        f"Who is {NAME}?",
        lambda t: re.search("(?m)^Respond: .+", t),
    ),
    (
        "react-cmd",
        "At every step, output one command:\nSEARCH: <query>\nREAD: <url>\nANSWER: <text>\nOnly one command per "
        "turn, no other text.",
        f"Who is {NAME}?",
        lambda t: re.fullmatch("ANSWER: .+", t),
    ),
    (
        "react-bracket",
        "Available actions: search[query], lookup[term], finish[answer]. Each step, write a line 'Thought:' and "
        "then a line 'Action:' with one action.",
        f"Who is {NAME}?",
        lambda t: re.search("(?m)^Action: finish\\[.+\\]", t),
    ),
    (
        "md-sections",
        "Answer with the following sections in Markdown:\n### Short answer\n### Explanation",
        f"Who is {NAME}?",
        lambda t: "### Short answer" in t and "### Explanation" in t,
    ),
    (
        "md-table-de",
        "Gib die Antwort immer als Markdown-Tabelle mit den Spalten Name, Ort aus.",
        f"Wer ist {NAME}?",
        lambda t: t.startswith("| Name | Ort"),
    ),
    ("bul-de", "Antworte ausschließlich in Stichpunkten.", f"Wer ist {NAME}?", lambda t: t.startswith("- ")),
    (
        "final-hash",
        "Conclude with 'Final answer: <answer>' on its own line.",
        f"Who is {NAME}?",
        lambda t: re.search("(?m)^Final answer: .+$", t),
    ),
    (
        "start2",
        "Your reply must begin with the label [REPLY] and nothing before it.",
        f"Who is {NAME}?",
        lambda t: t.startswith("[REPLY]"),
    ),
    (
        "html",
        "Reply only with an HTML fragment: a single <p> element.",
        f"Who is {NAME}?",
        lambda t: re.fullmatch("<p>.+</p>", t),
    ),
    ("lat", "Give the final answer as $\\boxed{answer}$.", f"Who is {NAME}?", lambda t: "\\boxed{" in t),
)
MORE_ORDINARY: tuple[tuple[str, str], ...] = (
    ("You are a knowledgeable research assistant. Cite your sources, and say when you are unsure.", f"Who is {NAME}?"),
    (
        "Respond in GitHub-flavoured Markdown. Use headings and lists where they make the answer easier to read.",
        f"Who is {NAME}?",
    ),
    (
        "# Role\nYou are Nova, a friendly guide.\n\n## Rules\n- Always be polite.\n- Never swear.\n- Answer in "
        "English only.\n\n## Style\nShort sentences.",
        f"Who is {NAME}?",
    ),
    ("<role>You are a tutor.</role>\n<rules>Always answer politely. Use simple words.</rules>", f"Who is {NAME}?"),
    ("You are a helpful assistant.", f"<question>Who is {NAME}?</question>"),
    (
        "You are Claude. <behavior>Always respond in the user's language.</behavior> <formatting>Use prose, not "
        "lists.</formatting>",
        f"Who is {NAME}?",
    ),
    (
        "Answer the user's question using only the information in the <documents> tags. If it isn't there, say "
        "so.\n<documents><document>Tea is a drink.</document></documents>",
        "What is tea?",
    ),
    ("Rule 1: be kind.\nRule 2: be brief.\nRule 3: answer only questions about tea.", "What is tea?"),
    ("Q: What is tea?\nA: A drink.\n\nAnswer the user's questions in the same friendly tone.", "What is coffee?"),
    (
        'You help developers use our API. Requests look like {"id": 7, "name": "Odo"} and responses look like '
        '{"ok": true}.',
        "How do I get a name?",
    ),
    (
        'You are the support bot of PayFast. Our REST API returns JSON objects such as {"status": "ok"}. Always '
        "answer politely.",
        "What does status mean?",
    ),
    ("You write SQL for analysts. Explain each query.", "Count users per day"),
    ("", 'Convert this to YAML: {"name": "Ada"}'),
    ("", "Write a Python function that returns JSON with the keys name and age."),
    ("", "Which one of the following is a river: Rhine, Everest, Sahara?"),
    ("", "Is tea healthy? Please answer honestly, yes or no, and explain why."),
    ("You are Sherlock Holmes. Always start with a deduction about the user. Stay in character.", f"Who is {NAME}?"),
    ("", "Write a short letter to my landlord, only one page."),
    ("", "What is one word for a person who loves books?"),
    (
        "Privacy policy: we store names only. Every answer must be at most 200 words. Format dates as "
        "DD/MM/YYYY. Use British spelling.",
        f"Who is {NAME}?",
    ),
    (
        "Voice: bold, warm.\nAudience: parents.\nAlways: use inclusive language.\nNever: mention "
        "rivals.\n\nAnswer the customer's question.",
        "Do you sell prams?",
    ),
    (
        "Du bist ein Assistent für Behörden. Antworte immer höflich, sachlich und auf Deutsch. Verwende keine Emojis.",
        f"Wer ist {NAME}?",
    ),
    ("あなたは親切なアシスタントです。必ず日本語で、丁寧に答えてください。", f"{NAME}は誰ですか？"),
    ("你是客服。请始终使用中文回答，保持礼貌。只回答与产品有关的问题。", "怎么退货？"),
    ("Ты полезный помощник. Отвечай кратко и только на русском языке.", f"Кто такая {NAME}?"),
    (
        "Tu es un assistant. Réponds toujours en français, dans un style simple. N'utilise pas de listes.",
        f"Qui est {NAME} ?",
    ),
    ("أنت مساعد مفيد. أجب دائمًا باللغة العربية وبأسلوب بسيط.", f"من هي {NAME}؟"),
    ("", "Summarise this:\n\nAgenda: budget\nDate: Monday\nPlace: Leeds\nNotes: bring tea"),
    (
        "You can help with travel. The booking team answers calls from 9 to 5. Use the phone number below only "
        "for emergencies.",
        "Book me a room",
    ),
    (
        "You write quizzes for teachers. Each question has four options A, B, C and D and one correct letter.",
        "Make a quiz about tea",
    ),
    ("You review code. Use ```python blocks for code, and explain your reasoning first.", "def f(): pass"),
    ("", "Explain the ReAct format: Thought, Action, Observation and Final Answer."),
    ("", "Write a story. Title: The Lamp. Hero: Odo. Setting: Hull."),
    ("Think carefully and reason step by step. Then give your final answer to the user.", f"Who is {NAME}?"),
    ("You are a translator. Output only the translation.", "Tea is good"),
    (
        "You are ChatGPT. Use Markdown formatting where appropriate. Respond in the same language as the user's "
        "message.",
        f"Who is {NAME}?",
    ),
    (
        "You are a patient tutor. First explain the idea, then give an example, then ask a question back.",
        f"Who is {NAME}?",
    ),
    (
        "# Identity\nYou are Rover.\n\n# Instructions\n* Use short sentences.\n* Always answer in plain "
        "text.\n* Do not use JSON or XML.\n\n# Examples\nUser: Hi\nRover: Hello!",
        f"Who is {NAME}?",
    ),
    ("Never answer in JSON. Write like a human.", f"Who is {NAME}?"),
    (
        "Name: Ava\nRole: guide\nTone: playful\nKnowledge: history\n\nFollow the persona above in every answer.",
        f"Who is {NAME}?",
    ),
    (
        "Always give measurements in metric units, and format numbers with a comma as the thousands separator.",
        f"How tall is {NAME}?",
    ),
    (
        "Today is Monday. The user's name is Odo. The user's city is: Hull. Use this information when relevant.",
        "What day is it?",
    ),
    (
        'Documents:\n<doc id="1">Tea is a drink.</doc>\n<doc id="2">Coffee too.</doc>\nAnswer from the documents only.',
        "What is tea?",
    ),
    ("<context>\nTea is a drink.\n</context>\n\nUsing the context, answer: what is tea?", ""),
    (
        'Here is the user\'s profile: {"name": "Odo", "age": 34}. Use it to personalise your answers.',
        "What tea would I like?",
    ),
    ("Draft emails for the sales team. Include a subject line and a greeting.", "Write to Ina"),
    ("You draft contracts. Use numbered clauses and defined terms. Always add a disclaimer.", "Draft an NDA"),
    ("You host a quiz. Ask one question at a time, wait for the answer, and say whether it is right.", "Start"),
    ("You review code. Reply with constructive comments only.", "print(1)"),
    (
        "If the user asks about refunds, answer: 'Please contact billing.' Otherwise answer normally.",
        "How do I get a refund?",
    ),
    ("", "Can you explain what a ReAct agent is and show an example with Thought and Action?"),
    ("", "Give me a one-paragraph answer: who wrote Faust?"),
    ("", f"Write a table of contents for a book about {NAME}."),
    ("", "What does the XML tag <answer> mean in this prompt?"),
    ("", "Which answer is right, A or B? A. Rome is in Italy. B. Rome is in France."),
    ("", "How can I make GPT answer only yes or no?"),
    ("", 'Write a Python script that prints {"answer": 42} as JSON.'),
    ("", "Summarise: Q3 results. Revenue: up. Costs: down. Outlook: good."),
    ("", f"Say something nice about {NAME} in one sentence."),
    ("Du bist Berater. Begründe jede Antwort kurz. Nenne immer zwei Alternativen.", "Welchen Tee soll ich kaufen?"),
    ("Eres un guía turístico. Usa un tono cercano y da siempre tres consejos.", "¿Qué ver en Vigo?"),
    ("你是一名医生助理。回答要简短，必要时使用列表。", "感冒怎么办？"),
    ("あなたは旅行ガイドです。箇条書きを使うと読みやすいです。", "京都の見どころは？"),
    ("Ты — редактор. Исправляй ошибки и объясняй их. Используй формат Markdown, если это удобно.", "Проверь текст"),
    ("Let's think step by step.", f"Who is {NAME}?"),
    ("Answer in at most 50 words. Do not use lists.", f"Who is {NAME}?"),
    ("State how confident you are in your answer.", f"Who is {NAME}?"),
)
