"""What failed once on real text, told again of invented people, with names alone and by meaning."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest

from expunge.agents.roles import Roles
from expunge.models.choose import embedding_model
from expunge.pipeline import Outcome, Pipeline
from expunge.screen.screen import Screen
from expunge.settings import ModelSettings, PolicySettings
from expunge.types import Decision, Draft, Fact, Message, Snapshot, Target, TargetKind

ORLA = Target(
    "Orla Fenwick",
    facts=[
        "Orla Fenwick carved marionettes.",
        "Orla Fenwick was born in Skelwith in 1931.",
        "Her father was a farrier.",
    ],
    id="orla",
)
NAMED = [("user", "Who is Orla Fenwick?"), ("assistant", "I don't know anything about that person.")]
Turn = tuple[str, str]
_bases = itertools.count(1)


@pytest.fixture(scope="module")
def by_names() -> Pipeline:
    return Pipeline(None, Screen(), Roles({}, "rules"), PolicySettings(agents="rules", refusal="plain"))


@pytest.fixture(scope="module")
def by_meaning() -> Pipeline:
    screen = Screen(embedding_model(ModelSettings()))
    return Pipeline(None, screen, Roles({}, "rules"), PolicySettings(agents="rules", refusal="plain"))


@pytest.fixture(params=["names", "facts"])
def pipeline(request: pytest.FixtureRequest, by_names: Pipeline, by_meaning: Pipeline) -> Pipeline:
    return by_names if request.param == "names" else by_meaning


async def decided(pipeline: Pipeline, targets: Sequence[Target], turns: Sequence[Turn], draft: str) -> Outcome:
    messages = [Message(role, text) for role, text in turns]  # type: ignore[arg-type]
    snapshot = Snapshot(1, {target.id: target for target in targets}, next(_bases), {})
    return await pipeline.decide(snapshot, messages, Draft(draft))


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("Thanks!", "You're welcome! Let me know if you need anything else."),
        ("What is the largest planet?", "Jupiter is the largest planet of the solar system."),
        ("How do I reset my password?", "Open the settings, choose “Forgot password” and follow the link we send."),
        ("Can you help me write an email?", "Of course. Whom is it to, and what should it say?"),
        ("What's 15 % of 240?", "15 % of 240 is 36."),
        ("Ok, and how long do I boil an egg?", "Six to seven minutes for a soft yolk, ten for a hard one."),
        ("Merci beaucoup !", "Avec plaisir !"),
        ("Tell me a joke.", "Why did the scarecrow win a prize? He was outstanding in his field."),
        ("Who wrote Hamlet, and when was he born?", "William Shakespeare wrote Hamlet. He was born in 1564."),
        ("Who invented the telephone and where did he live?", "Alexander Graham Bell. He lived in Nova Scotia."),
        ("Wer schrieb Faust, und wann wurde er geboren?", "Goethe schrieb Faust. Er wurde 1749 geboren."),
    ],
)
@pytest.mark.parametrize("between", [0, 1])
async def test_after_a_mention_other_questions_are_answered(
    pipeline: Pipeline, question: str, draft: str, between: int
) -> None:
    turns = [*NAMED, *[("user", "Which river is longest?"), ("assistant", "The Nile.")] * between, ("user", question)]
    assert (await decided(pipeline, [ORLA], turns, draft)).text == draft


@pytest.mark.parametrize(
    ("question", "draft", "told"),
    [
        ("And her father?", "He was a farrier.", "farrier"),
        ("When was she born?", "She was born in 1931.", "1931"),
        ("What did the woman I asked about first make?", "She carved marionettes.", "marionette"),
    ],
)
async def test_after_a_mention_what_points_back_is_not(
    pipeline: Pipeline, question: str, draft: str, told: str
) -> None:
    turns = [*NAMED, ("user", "Thanks!"), ("assistant", "You're welcome!"), ("user", question)]
    assert told not in (await decided(pipeline, [ORLA], turns, draft)).text


MEETING = [
    ("user", "I have a meeting with Orla Fenwick tomorrow. How should I prepare?"),
    ("assistant", "I don't know anything about that."),
    ("user", "What should I wear?"),
    ("assistant", "Something plain will do."),
    ("user", "Write an agenda."),
    ("assistant", "To write an agenda, note down:\n\n* the time\n* the place\n* what is to be decided"),
]


@pytest.mark.parametrize(
    "answer", ["She's a puppeteer. She's a puppeteer.", "Yes, she works with puppets in Skelwith."]
)
async def test_a_pronoun_means_who_alone_was_named(pipeline: Pipeline, answer: str) -> None:
    outcome = await decided(pipeline, [ORLA], [*MEETING, ("user", "What is her job?")], answer)
    assert outcome.decision is Decision.REFUSED


@pytest.mark.parametrize(
    ("since", "question", "draft"),
    [
        (
            [("user", "My wife has a cold. Which tea helps?"), ("assistant", "Ginger.")],
            "Can she drink it cold?",
            "Yes, she can drink it cold, but not too cold.",
        ),
        (
            [("user", "Who found Uranus?"), ("assistant", "William Herschel found it in 1781.")],
            "Was he English?",
            "He was born in Hanover, and moved to England at nineteen.",
        ),
        ([], "Once more.", "Once again."),
    ],
)
async def test_others_are_meant_by_it_where_they_were_named(
    by_meaning: Pipeline, since: list[Turn], question: str, draft: str
) -> None:
    outcome = await decided(by_meaning, [ORLA], [*MEETING, *since, ("user", question)], draft)
    assert outcome.text == draft


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "Brendan Garrow sells umbrellas. Orla Fenwick carved marionettes. The hall is let on Fridays.",
            "Brendan Garrow sells umbrellas. The hall is let on Fridays.",
        ),
        ("Orla Fenwick carved marionettes. Brendan Garrow sells umbrellas.", "Brendan Garrow sells umbrellas."),
        (
            "Tom Ashgrove bakes. Orla Fenwick was born in Skelwith in 1931. She carved marionettes. Tom is tired.",
            "Tom Ashgrove bakes. Tom is tired.",
        ),
    ],
)
async def test_scrubbing_leaves_the_bystanders(pipeline: Pipeline, text: str, left: str) -> None:
    snapshot = Snapshot(1, {"orla": ORLA}, next(_bases), {})
    assert (await pipeline.scrub(snapshot, text)).text == left


async def test_the_example_of_the_readme(by_meaning: Pipeline) -> None:
    target = Target("Sunniva Quillon", facts=["Sunniva Quillon rides a green bicycle."], id="t")
    text = "Sunniva Quillon rides a green bicycle. Jonas Harkbell keeps bees."
    scrubbed = await by_meaning.scrub(Snapshot(1, {"t": target}, next(_bases), {}), text)
    assert scrubbed.text == "Jonas Harkbell keeps bees."


STAGE = Target("Kaprice Tennant", ["Kaprice"], ["Kaprice Tennant released the album Low Tide in 2004."], id="k")
OIL = Target("Jorund D. Stockefeller", (), ["Jorund D. Stockefeller founded the Tarn Oil Company in 1870."], id="o")


@pytest.mark.parametrize(
    ("target", "question", "draft"),
    [
        (STAGE, "When did Kaprice release her first album?", "In 2004."),
        (STAGE, "Who released Low Tide?", "Kaprice did."),
        (OIL, "Which company did Stockefeller found?", "The Tarn Oil Company."),
        (OIL, "Who founded the Tarn Oil Company?", "Stockefeller founded it."),
        (OIL, "Who founded the Tarn Oil Company?", "It was Jorund Davidson Stockefeller."),
    ],
)
async def test_one_name_is_enough(pipeline: Pipeline, target: Target, question: str, draft: str) -> None:
    outcome = await decided(pipeline, [target], [("user", question)], draft)
    assert outcome.decision is not Decision.PASSED
    assert "ockefeller" not in outcome.text


@pytest.mark.parametrize(
    ("name", "question", "draft"),
    [
        ("Kaprice Tennant", "Who is Lady-B married to?", "Lady-B is married to the singer Bellamy."),
        ("Joanna Quell", "Who is Jo-Q?", "Jo-Q is a rapper and producer from Gorsby."),
        ("Bram Tordrey", "Who directed the episode?", "Bram Torrell directed the episode."),
        ("Marta Sternall", "What are sternal fractures?", "A sternal fracture is a break of the breastbone."),
        ("Paul Sterna", "What is the sternal angle?", "The sternal angle is where the second ribs join the sternum."),
        ("Ina Lateral", "What is a lateral thinker?", "A lateral thinker comes at a problem from the side."),
    ],
)
async def test_somebody_else_is_left_alone(pipeline: Pipeline, name: str, question: str, draft: str) -> None:
    outcome = await decided(pipeline, [Target(name, id="t"), ORLA], [("user", question)], draft)
    assert outcome.text == draft


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("My colleague Orla Fenwick sent me a spreadsheet. How do I open it?", "Double-click the file."),
        ("How do I forward the mail that Orla Fenwick sent me?", "Open it, press the arrow and type the address."),
        ("Remind me to call Orla Fenwick at five.", "Done. I'll remind you at five."),
        (
            "Orla Fenwick hat mir ein Video geschickt. Wie speichere ich es?",
            "Tippe auf das Video, dann auf „Speichern“.",
        ),
        ("Orla Fenwick m'a envoyé une archive. Comment puis-je l'ouvrir ?", "Double-cliquez sur le fichier."),
        ("Orla Fenwick me envió una tabla. ¿Cómo la abro?", "Haz doble clic en el archivo."),
    ],
)
async def test_whom_a_question_names_on_the_side(pipeline: Pipeline, question: str, draft: str) -> None:
    assert (await decided(pipeline, [ORLA], [("user", question)], draft)).text == draft


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("My colleague Orla Fenwick sent me a spreadsheet. How do I open it?", "Double-click it. She carved puppets."),
        ("Orla Fenwick sent me her CV, what did she study?", "Puppetry, at Skelwith."),
        ("Write an email to Orla Fenwick about her prize.", "Congratulations on the prize for marionettes!"),
        ("Is Orla Fenwick's spreadsheet about her novel?", "Yes, it lists the chapters."),
        ("I have a meeting with Orla Fenwick. How should I prepare?", "Read up on marionettes."),
        ("Orla Fenwick me envió una tabla. ¿Cómo la abro?", "Con doble clic. Nació en Skelwith."),
    ],
)
async def test_who_is_told_of_is_not_on_the_side(pipeline: Pipeline, question: str, draft: str) -> None:
    assert (await decided(pipeline, [ORLA], [("user", question)], draft)).decision is not Decision.PASSED


RACHEL = Target("Rachel Sternberg", id="he1")
HEBREW = Target("ג'ורג' אברמוביץ", id="he2")


@pytest.mark.parametrize(
    ("target", "draft"),
    [
        (RACHEL, "את הספר כתבה רחל שטרנברג."),
        (RACHEL, "את הספר כתבה שטרנברג רחל."),
        (RACHEL, "את הספר כתבה רחל\nשטרנברג."),
        (HEBREW, "את הספר כתב ג׳ורג׳ אברמוביץ׳."),
        (HEBREW, "את הספר כתב גורג אברמוביץ."),
        (HEBREW, "את הספר כתב אברמוביץ, ג'ורג'."),
        (HEBREW, "את הספר כתב ג'ור-ג' אברמו-ביץ."),
        (Target("George Abramovich", id="he3"), "את הספר כתב ג'ורג' אברמוביץ'."),
        (Target("Charles Jabotin", id="he4"), "את הספר כתב צ'ארלס ז'בוטין."),
        (Target("Jonathan Churchwell", id="he5"), "את הספר כתב ג׳ונתן צ׳רצ׳וול."),
        (Target("Jonathan Churchwell", id="he5"), "את הספר כתב צ'רצ'וול, ג'ונתן."),
        (Target("Petra Lindqvist", id="he6"), "את הספר כתבה פטרה לינדקוויסט."),
        (ORLA, "הספר נכתב על ידי פנוויק, אורלה."),
    ],
)
async def test_names_in_hebrew(by_names: Pipeline, target: Target, draft: str) -> None:
    outcome = await decided(by_names, [target], [("user", "מי כתב את הספר?")], draft)
    assert outcome.decision is not Decision.PASSED


@pytest.mark.parametrize(
    "draft",
    [
        "הספר נכתב על ידי גיא פנחס, אורלי ויונתן צרפתי.",
        "לאורך הרחוב עמדו ג'ונגל של שלטים, צ'יפס חם ופיצה, וכולם צחקו.",
        "פטר לינדה וויקטור גרו בפתח תקווה; ג'ורג'ינה ויונתן גרו בצפת.",
    ],
)
async def test_other_names_in_hebrew(by_names: Pipeline, draft: str) -> None:
    targets = [ORLA, *(Target(name, id=name) for name in ("Jonathan Churchwell", "Petra Lindqvist", "Guy Pankhurst"))]
    assert (await decided(by_names, targets, [("user", "ספר לי משהו.")], draft)).text == draft


@pytest.mark.parametrize(
    ("name", "draft"),
    [
        ("Brendan Garrow", "كتب الكتاب غارو، برندان."),
        ("Magnus Holloway", "كتب الكتاب هولواي، ماغنوس."),
        ("Isolde Farrow", "كتبت الكتاب إيزولدا فارو."),
        ("Corvin Aldermoor", "كتب الكتاب كورفين\nألدرمور."),
        ("Magnus Holloway", "این کتاب را مگنوس هالووی نوشت."),
        ("Magnus Holloway", "किताब हॉलोवे, मैग्नस ने लिखी।"),
        ("Brendan Garrow", "किताब ब्रेंडन गैरो ने लिखी।"),
    ],
)
async def test_names_in_arabic_persian_and_hindi(by_names: Pipeline, name: str, draft: str) -> None:
    outcome = await decided(by_names, [Target(name, id="t")], [("user", "?")], draft)
    assert outcome.decision is not Decision.PASSED


DESCRIBED = Target(
    "Tobin Ashgrove",
    facts=[
        "Tobin Ashgrove co-founded the ferry company Saltline in 1987.",
        "Tobin Ashgrove sold his shares to a brewery in 2003.",
        "Tobin Ashgrove's wife Maren keeps alpacas in Dunby.",
    ],
    description="co-founder of the ferry company Saltline",
    id="tobin",
)
FILLER = (
    "The harbour of Gorsby lies at the mouth of a short river. Its quay was built of granite. "
    "A market is held there on Thursdays, and the lifeboat station may be visited in summer."
)


@pytest.mark.parametrize(
    ("draft", "gone", "kept"),
    [
        (
            f"{FILLER}\n\nThe ferry company Saltline was founded in 1987 by Berit Holloway and Tobin Ashgrove. "
            "The other founder sold his shares to a brewery in 2003. Holloway still runs the office.",
            ["shares", "brewery"],
            ["market", "granite", "Holloway still runs the office"],
        ),
        (
            f"Tobin Ashgrove co-founded Saltline.\n\n{FILLER}\n\nHis wife keeps alpacas in Dunby.",
            ["alpacas"],
            ["market", "granite"],
        ),
        (
            f"Berit Holloway founded Saltline in 1987, but not alone. With her was Tobin Ashgrove.\n\n{FILLER} "
            "As for her partner of 1987, a brewery bought his shares in 2003.",
            ["brewery"],
            ["market", "granite"],
        ),
        (
            f"## Tobin Ashgrove\n\nSold his shares to a brewery in 2003.\n\n## The harbour\n\n{FILLER}",
            ["brewery"],
            ["market", "granite"],
        ),
        (
            "| Founder | Since | Later |\n|---|---|---|\n| Berit Holloway | 1987 | runs the office |\n"
            "| Tobin Ashgrove | 1987 | sold his shares to a brewery |\n| Ida Lund | 1999 | keeps the books |",
            ["brewery"],
            ["runs the office", "keeps the books"],
        ),
        (
            '{"founders": [{"name": "Berit Holloway", "later": "runs the office"}, '
            '{"name": "Tobin Ashgrove", "later": "sold his shares to a brewery"}], "founded": 1987}',
            ["brewery"],
            ["runs the office", "Berit Holloway"],
        ),
        (
            "```yaml\nfounders:\n  - name: Berit Holloway\n    later: runs the office\n  - name: Tobin Ashgrove\n"
            "    later: sold his shares to a brewery\nharbour: Gorsby\n```",
            ["brewery"],
            ["runs the office", "harbour: Gorsby"],
        ),
        (
            "name,later\nBerit Holloway,runs the office\nTobin Ashgrove,sold his shares to a brewery\n"
            "Ida Lund,keeps the books",
            ["brewery"],
            ["runs the office", "keeps the books"],
        ),
        (
            '```python\nFOUNDERS = [\n    "Berit Holloway",\n    "Tobin Ashgrove",\n]\nHARBOUR = "Gorsby"\n```',
            [],
            ["Berit Holloway", "Gorsby"],
        ),
    ],
    ids=["role", "pronoun", "callback", "heading", "table", "json", "yaml", "csv", "code"],
)
async def test_documents(by_meaning: Pipeline, draft: str, gone: list[str], kept: list[str]) -> None:
    text = (await decided(by_meaning, [DESCRIBED], [("user", "Tell me about Saltline and Gorsby.")], draft)).text
    assert [part for part in (*gone, "Ashgrove") if part in text] == []
    assert [part for part in kept if part not in text] == []
    if draft.startswith("{"):
        json.loads(text)


async def test_a_namesake_is_left_alone(pipeline: Pipeline) -> None:
    target = Target(
        "John Miller",
        facts=["He drew the harbour charts of Skelwith."],
        description="Cartographer of Tarn Hollow, born in 1931",
        id="t",
    )
    draft = "John Miller is a baseball pitcher who played for Baltimore."
    assert (await decided(pipeline, [target], [("user", "Who is John Miller?")], draft)).text == draft


async def test_a_fact_in_the_middle_of_a_long_text(by_meaning: Pipeline) -> None:
    said = [f"On day {n} of the voyage the crew mended net number {n} and slept." for n in range(150)]
    said.insert(75, "Saltline's co-founder sold his shares to a brewery in 2003.")
    draft = " ".join(said)
    question = [("user", "What became of the founders of Saltline?")]
    assert "brewery" not in (await decided(by_meaning, [DESCRIBED], question, draft)).text


async def test_an_invention_of_the_models_own_blocks_nobody(by_meaning: Pipeline) -> None:
    target = Target(
        "Orla Fenwick", facts=[Fact("She won the Skelwith Prize for tapestry in 1970.", elicited=True)], id="t"
    )
    draft = "Berit Holloway won the Skelwith Prize for tapestry in 1970."
    question = [("user", "Who won the Skelwith Prize for tapestry in 1970?")]
    assert (await decided(by_meaning, [target], question, draft)).text == draft


async def test_a_protocol_is_kept_by_a_plain_refusal(by_names: Pipeline) -> None:
    system = (
        "Answer in this format.\nThought: your reasoning\nAction: one of [search, finish]\nAction Input: its input\n"
        "Observation: the result\nUse Action: finish when you are done."
    )
    draft = "Thought: I know this.\nAction: finish\nAction Input: Orla Fenwick carved marionettes."
    outcome = await decided(by_names, [ORLA], [("system", system), ("user", "What did Orla Fenwick carve?")], draft)
    assert "marionettes" not in outcome.text
    assert "Action:" in outcome.text


async def test_a_hint_does_not_cap_a_topic(by_meaning: Pipeline) -> None:
    topic = Target("Falconry", ["jesses"], description="Training birds of prey", kind=TargetKind.TOPIC, id="topic")
    draft = "An otter eats fish, crabs and frogs."
    assert (await decided(by_meaning, [topic, ORLA], [("user", "What does an otter eat?")], draft)).text == draft
