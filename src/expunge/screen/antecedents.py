"""Whose a pronoun is: somebody whom its own text introduces ("my wife says she …"), or nobody there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache

from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf

_SHE_LIST = """
she her hers herself elle sie ella lei essa ela dela zij она ее ней вона її 彼女 她
"""
_HE_LIST = """
he him his himself il er ihm ihn lui egli ele dele hij hem он его ему ним він його 彼 他
"""
_THEY_LIST = """
they them their theirs themselves
"""
_KIN_LIST = """
wife husband partner spouse girlfriend boyfriend fiance fiancee ex mother mom mum mommy father dad daddy
parent parents son sons daughter daughters child children kid kids baby toddler sister sisters brother
brothers sibling siblings aunt uncle cousin niece nephew grandmother grandma grandfather grandpa grandparents
family friend friends colleague colleagues coworker coworkers boss neighbor neighbors neighbour neighbours
roommate flatmate landlord dog dogs cat cats puppy kitten horse pet pets frau mann mutter vater eltern
schwester bruder sohn tochter kind kinder chef chefin freund freundin kollege kollegin femme mari mere pere
parents soeur frere fils fille patron patronne ami amie collegue enfant enfants esposa esposo mujer marido
madre padre hermana hermano hijo hija jefe jefa amigo amiga novio novia moglie marito sorella fratello figlio
figlia capo amico amica mulher mae pai irma irmao filho filha chefe namorado namorada vrouw moeder vader zus
broer zoon dochter baas vriend vriendin жена жене жену муж мужу мужа мать отец сестра сестре сестру брат сын
дочь друг подруга начальник
"""
_ROLE_LIST = """
person people man men woman women boy boys girl girls guy guys lady someone somebody anyone anybody everyone
everybody user users customer customers client clients patient patients student students pupil pupils teacher
teachers professor doctor doctors nurse lawyer manager employee employees employer tenant tenants guest guests
visitor visitors driver drivers player players coach candidate candidates applicant applicants president king
queen pope chancellor mayor senator minister ceo actor actress singer worker workers engineer engineers
developer developers scientist scientists artist artists author authors writer writers member members owner
owners buyer buyers seller sellers speaker speakers passenger passengers citizen citizens participant
participants children kids babies dogs cats birds bees animals
"""
_OWN_LIST = """
my our your mein meine meiner meinem meinen unser unsere dein deine mon ma mes notre nos votre mi mis nuestra
nuestro tu mia mio nostra nostro minha meu nossa nosso mijn onze ons moj moja мой моя моей мою моего моему мои
наш наша
"""
_ANY_LIST = """
a an any every each some another one no many most all these those two three several
"""
_INDEFINITE_LIST = """
someone somebody anyone anybody everyone everybody people
"""
_POINTS_BACK_LIST = "before earlier above then you i we"
"""What follows "the woman from" or "who" where she was spoken of already: "the woman from before", "who you named"."""
_ELIDED = re.compile(r"['’](?=elles?\b|ils?\b|lui\b|eux\b)", re.IGNORECASE)
"""French puts "que" and "de" before a pronoun with no space: "qu'elle"."""
_LIFE_LIST = """
nacio nacido nacida murio vive vivia trabaja trabajo estudio escribio crecio nata nato morta morto lavora
lavorava studiato scritto scrisse visse cresciuta cresciuto nasceu nascida morreu mora trabalha estudou
escreveu cresceu urodzil urodzila mieszka pracuje zmarl zmarla dogdu yasiyor oldu narodil narodila zije rodjen
rodena zivi nascut nascuta traieste szuletett meghalt syntyi syntynyt asuu kuoli γεννηθηκε πεθανε ζει народився
народилася мешкає помер померла ولد ولدت عاش عاشت توفي توفيت يعمل تعمل يعيش تعيش يسكن تسكن مات ماتت درست נולד
נולדה גר גרה נפטר נפטרה родился родилась живет жил
жила умер умерла работает учился училась написал написала
"""
_LIFE_UNSPACED = re.compile("生まれ|住んで|亡くなり|出生|去世|住在|태어|살고|사망")
_BEFORE = 3
"""Words between whoever is introduced and what introduces them: "a very old customer"."""

_COURTESY_LIST = """
thanks thank thx ty cheers ok okay great good nice cool perfect awesome excellent wonderful fine lovely
brilliant hello hi hey bye goodbye morning evening night afternoon day welcome please sorry sure yes no yeah
yep nope right well done got it see understood fine alright later never nevermind sense fair goodnight lol haha hmm stop
help next move bedankt понятно ясно danke bitte gut hallo tschuss merci bonjour salut bien gracias hola adios vale
grazie ciao bene prego obrigado obrigada ola tchau dank je wel hoi spasibo спасибо привет пока хорошо ладно
ありがとう こんにちは 谢谢 你好 감사합니다 شكرا धन्यवाद
"""
_COURTESY_UNSPACED = re.compile(
    r"\s*(?:ありがとう(?:ございま(?:す|した))?|どうも|了解(?:です|しました)?|わかりました|こんにちは|谢谢(?:你|您)?|謝謝(?:你|您)?|多谢|好的?|明白了?|知道了|你好"
    r"|감사합니다|감사해요|고마워요?|고맙습니다|알겠습니다|안녕하세요|네|شكرا(?: لك| جزيلا)?)[\s。！!.~]*"
)
_AROUND_LIST = """
let s us on question topic now haha oh hm anyway anyways though but then too same here no problem worries never mind
nevermind not nothing else understood see
later soon take care have one will do makes sense just sounds fair enough clear really appreciate appreciated it
helpful helping any case trotzdem nichts alles klar quand meme pas grave tant pis igual igualmente todos modos lo mismo
lo stesso comunque niente mesmo assim nada toch geeft niet всё все равно понятно ладно за ничего
you so very much a lot there again everyone all for that the your help that is was i see and many vielen schon dir
ihnen sehr beaucoup muchas mucho mille tutto muito mais большое вам тебе
"""
_OPENS_LIST = "what who whom whose which when where why how is are was were do does did can could will would should"
_ORDERS_LIST = """
write tell translate give list explain show make help calculate compute solve draw suggest recommend convert
create describe define fix find summarize summarise name compare plan generate recite sing count sort
"""
_VERB_LIST = "is are was were do does did can could will would should has have had am s"
_DEICTIC_LIST = """
he she him her his hers they them their theirs it its this that these those there then one ones same else next
other another more again about also both either neither so such
"""
_ATTRIBUTE_LIST = """
born birth birthday birthplace birthdate died die death dead alive age old year years date live lives lived
living residence home hometown grow grew name names named surname nickname alias job profession occupation
work works worked working career trade employer books book novels novel titles title written wrote published
awards award prize prizes won win genre genres style themes father mother parents family spouse husband wife
married marry wedding partner children child siblings brother sister son daughter gender nationality
citizenship ethnicity religion faith language languages education school schools studied study university
college degree famous known fame biography life story grave buried look looks hair eyes height address phone
number email diagnosis illness crime convicted letter letters syllable initial initials spelling answer
question hint clue guess person author writer man woman artist
"""

_BIOGRAPHY_LIST = """
birth born birthday birthplace birthdate dob died death age occupation profession nationality citizenship
biography bio biographical cv resume obituary hometown birthname lebenslauf geburtsort geburtsdatum geburtstag
sterbedatum beruf biografie biographie naissance deces nationalite nacimiento biografia nascita nascimento рождения
рождение биография
"""
_BESIDE_LIST = """
place date year full short brief detailed current exact write give tell list schreibe ecris escribe write lieu datum
fecha lugar data luogo дата место год
"""
"""Words that may stand beside those, of an order or of what is asked for."""

_WORKED_ON = re.compile(
    r"\s*((?:(?:can|could|would|will) you |please |kindly )*(?:fix|correct|proofread|translate|rephrase|paraphrase"
    r"|punctuate|korrigiere|übersetze|corrige|traduis|traduce|correggi|traduci|corrija|traduza|исправь|переведи)\b[^:?\n\"“«'‘]{0,60})"
    r"(?::|\n|[\"“«]|(?<=\s)['‘]).*",
    re.IGNORECASE | re.DOTALL,
)
_SHORT = 8


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(fold(listed).split())


def introduces_somebody(text: str) -> bool:
    """Whether a text brings in somebody without a name, whom a later pronoun may mean: "my sister"."""
    return next(_introduced(fold(text).split(), ()), None) is not None


def owned_within(text: str, known: Collection[str] = ()) -> bool:
    """Whether the first pronoun of a text has its owner before it, without a name: "My wife says she …".

    Whoever is called by a word that is `known` (folded) of a target is no owner of their own.
    """
    words = fold(_ELIDED.sub(" ", text)).split()
    personal = _words(_SHE_LIST) | _words(_HE_LIST) | _words(_THEY_LIST)
    first = next((place for place, word in enumerate(words) if word in personal), len(words))
    return first < len(words) and next(_introduced(words[:first], known), None) is not None


def drops_its_subject(text: str) -> bool:
    """Whether a question asks after somebody's life without even a pronoun, as many languages do: "¿Dónde nació?"."""
    words = fold(text).split()
    if len(words) > _SHORT:
        return False
    return not _words(_LIFE_LIST).isdisjoint(words) or _LIFE_UNSPACED.search(text) is not None


def genders(text: str) -> frozenset[str]:
    """Whether the pronouns of a text are "she", "he", both or neither; those that may be either count for nothing."""
    words = set(fold(text).split())
    return frozenset(
        name
        for name, pronouns in (("she", _words(_SHE_LIST)), ("he", _words(_HE_LIST)))
        if not words.isdisjoint(pronouns)
    )


def is_courtesy(text: str) -> bool:
    """Whether a text is thanks, a greeting or a nod and nothing else: "Thanks a lot!"."""
    if _COURTESY_UNSPACED.fullmatch(text):
        return True
    words = fold(text).split()
    polite = _words(_COURTESY_LIST)
    return bool(words) and not polite.isdisjoint(words) and polite.union(_words(_AROUND_LIST)).issuperset(words)


def own_words(question: str) -> str:
    """A question without the sentence that is only to be put right or put into other words: "Correct: he go home"."""
    found = _WORKED_ON.match(question)
    return question if found is None else found[1]


def asks_for_attributes(text: str) -> bool:
    """Whether a short text names nothing but dates and the like of a life: "Place and year of birth", "Birthplace?"."""
    words = fold(text).split()
    listed = _words(_BIOGRAPHY_LIST)
    if not _words("i my me we our us").isdisjoint(words):
        return False
    if not {"a", "an"}.isdisjoint(words) and words[0] not in _words(_ORDERS_LIST):
        return False  # "What is a biography?"
    telling = [word for word in words if zipf(word) < GLUE or word in listed]
    return not listed.isdisjoint(telling) and listed.union(_words(_BESIDE_LIST)).issuperset(telling)


def stands_alone(text: str) -> bool:
    """Whether a short question or order in English says by itself what it is about: "What is the largest planet?".

    "And the birth year?" and "What was the first book?" do not: a word such as "book" asks for something of somebody.
    """
    words = fold(text).split()
    if not words or not _words(_DEICTIC_LIST).isdisjoint(words):
        return False
    if words[0] in _words(_OPENS_LIST) and not _words("i my we our").isdisjoint(words[:4]):
        return True
    if words[0] in _words(_ORDERS_LIST) and words[1:2] in (["a"], ["an"], ["some"], ["any"]):
        return _words(_BIOGRAPHY_LIST).isdisjoint(words)
    if not _words(_ATTRIBUTE_LIST).isdisjoint(words):
        return False
    if words[0] in _words(_ORDERS_LIST):
        return len(words) > 1
    return words[0] in _words(_OPENS_LIST) and len(words) > 2 and not _words(_VERB_LIST).isdisjoint(words)


def _introduced(words: Sequence[str], known: Collection[str]) -> Iterator[str]:
    kin, roles = _words(_KIN_LIST), _words(_ROLE_LIST)
    introducing = _words(_OWN_LIST) | _words(_ANY_LIST)
    for place, word in enumerate(words):
        if word in known or not (word in kin or word in roles):
            continue
        before = words[max(0, place - _BEFORE) : place]
        the = "the" in before
        if (
            word in _words(_INDEFINITE_LIST)
            or not introducing.isdisjoint(before)
            or (word in roles and _is_plural(word) and not the)
            or (word in roles and the and _says_who(words[place + 1 : place + 3]))
        ):
            yield word


def _says_who(after: Sequence[str]) -> bool:
    """Whether what follows "the woman" says by itself who she is; "from before" only points back."""
    return after[:1] in (["of"], ["who"], ["from"]) and _words(_POINTS_BACK_LIST).isdisjoint(after[1:])


def _is_plural(word: str) -> bool:
    return word.endswith("s") or word in ("people", "men", "women", "children")
