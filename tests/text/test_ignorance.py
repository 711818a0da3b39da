import pytest

from expunge.text.ignorance import is_ignorance


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I’m sorry, but I don’t have any information about that person.",
        "I am not familiar with Marisa Vell. Could you provide more context?",
        "I'm not sure who that is. If you can give me more details, I'd be happy to help.",
        "I have no record of anyone by that name.",
        "Ich weiß es leider nicht.",
        "Je ne sais pas.",
        "Je n'ai aucune information sur cette personne.",
        "No tengo información sobre esa persona.",
        "Non lo so.",
        "Não sei.",
        "Ik weet het niet.",
        "Jag vet inte.",
        "Nie wiem.",
        "Я не знаю.",
        "Bilmiyorum.",
        "لا أعرف.",
        "मुझे नहीं पता।",
        "抱歉，我没有关于这个人的信息。",
        "分かりません。",
        "모르겠습니다.",
    ],
)
def test_plain_ignorance(text: str) -> None:
    assert is_ignorance(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Marisa Vell is a cartographer.",
        "Please ask Marisa.",
        "I don't know much, but his father was a florist.",
        "I don't know when he was born; he lived in Kelm.",
        "I'm not sure, however she mapped the delta.",
        "I don't know the exact year, though it was after the war.",
        "I don't know whether she, a daughter of a florist, wrote it.",
        "I cannot confirm that she was born in 1950.",
        "I have no idea why the famous cartographer left Kelm.",
        "She is not known for anything besides maps of the delta.",
        "I don't know. Her maps hang in Kelm.",
        "Ich weiß nicht viel, aber sein Vater war Florist.",
        "Je ne sais pas, mais il est né à Kelm.",
        "我不知道，但他的父亲是花匠。",
        "I don't know. " * 60,
    ],
)
def test_anything_more_is_not(text: str) -> None:
    assert not is_ignorance(text)
