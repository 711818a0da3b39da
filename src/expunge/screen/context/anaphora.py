"""Reference without a name: pronouns, epithets and elliptic questions, within a text and across turns.

A pronoun may refer to somebody whom its own text introduces ("my wife says she …"), to somebody whom an earlier turn
named, or to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache

from expunge.screen.names.cross_script import alike, names_in
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.text.language import certain_language_of
from expunge.text.slices import search

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
    """Whether a text introduces somebody without a name, to whom a later pronoun may refer: "my sister"."""
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


_PRONOUN_LIST = """
he she him her his hers they them their theirs himself herself themselves
il elle lui eux elles son sa ses leur leurs
er sie ihn ihm ihr ihre ihren ihrem ihrer sein seine seinen seinem seiner
ella ellos ellas su sus suyo suya le lo
lei egli essa loro suo sua suoi sue gli
ele ela eles elas seu seus dele dela
hij zij hem haar zijn hun
он она они его ее ему ей их него нее ним ней йому його її він вона
jego jej jemu niego niej on ona oni
onun onu dia ia beliau yeye wake
هو هي هم هما او ایشان
वह वे उस उसका उसकी उसके उनका उनकी उनके उन्होंने इनका
"""
_PRONOUNS = frozenset(_PRONOUN_LIST.split())
_FALSE_FRIENDS = frozenset(["on", "son", "sue", "le", "lo"])
"""Pronouns of other languages that are English words of another kind."""
_ENGLISH_LIST = "the is was what how who which where when of in and can could did does do you your to for"
_ENGLISH = frozenset(_ENGLISH_LIST.split())
_UNSPACED_PRONOUNS = re.compile(
    r"彼女|彼|かれ|あの人|その人|그녀|그는|그의|그가|他们|她们|他|她|此人|该人|เขา|เธอ|[uU]['’](?:elle|il)s?\b"
)
_ATTACHED = re.compile(r"(?:ه|ها|هم|هما)\b(?:(?<=\w\wه)|(?<=\w\wها)|(?<=\w\wهم)|(?<=\w\wهما))")
"""Arabic possessives are endings: والده, "his father"."""
_EPITHETS = re.compile(
    r"\b(?:(?:the|this|that|same|said) (?:\w+ )?(?:person|man|woman|author|writer|artist|individual|guy|lady|character|"
    r"one|former|latter|subject|figure|scientist|musician|politician|poet|novelist|founder)|"
    r"(?:cet|cette|ce) (?:personne|homme|femme|auteur|autrice|ecrivain)|"
    r"(?:diese|dieser|die|der) (?:person|mann|frau|autor|autorin)|"
    r"(?:esta|esa|este|ese) (?:persona|hombre|mujer|autor|autora)|(?:questa|quella) persona|"
    r"этот (?:человек|автор)|эта женщина)\b"
)
_SAYS_WHO = re.compile(r"\s+(?:of|who|whom|whose|that|which|behind|from|with|born|known|called|named|responsible)\b")
"""What follows an epithet that says by itself whom it means: "the author of …"."""
_STANDS_FOR = re.compile(r"\b(?:person|author|writer|mr|ms)?\s?[XYZ]\b")
_OPENER_LIST = """
and or but also so then what how where when why
et mais aussi und aber auch oder y o pero tambien e ma anche mas tambem en maar ook и а но или
"""
_OPENERS = frozenset(_OPENER_LIST.split())
_ELLIPSIS = 6
"""Words up to which a question without a name of its own leans on the one before."""
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-ZÀ-ÞА-Я][\w'’-]+")
_SAME = 0.8
"""Likeness from which a name in another script may be a known one; everyday words are never so close to a name."""
_L = "A-Za-zÀ-ɏḀ-ỿЀ-ӿ0-9_'’\\-"
"""What a capitalised word goes on with: no kana or Han, which follow without a space."""
_PERSON = re.compile(rf"(?<![{_L}])[A-ZÀ-ÞА-Я][{_L}]+(?:\s+(?:[a-z]{{2,3}}\s+)?[A-ZÀ-ÞА-Я][{_L}.]+)+")
_CONVERSATION = re.compile(
    r"\byou (?:said|told|wrote|answered|mentioned|refused|just|were|sure|already)\b|\bare you (?:sure|certain)\b"
    r"|\byour (?:last|previous|earlier|first|own|answers?|reply|replies|guess|best|memory)\b"
    r"|\b(?:best|wild|educated|another|one more|a) (?:guess|hint|clue|try)\b|\btake a guess\b"
    r"|\bin (?:full|more detail|one word|two words|other words)\b|\b(?:look|try|answer|say|ask|tell me) (?:it )?again\b"
    r"|\b(?:go on|carry on|keep going|once more|one more time|put (?:it|that) right|yes or no)\b"
    r"|\b(?:correct|spell|repeat|translate|summari[sz]e|rephrase|complete|finish|reverse) (?:it|that|yourself)\b"
    r"|\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|next|last|previous|other)"
    r" (?:letters?|digits?|words?|characters?|syllables?|half|part|one|answers?|sentence|line)\b"
    r"|\b(?:has|does|did) it\b|\bis it (?:in|from|about|an?|the)\b"
    r"|\b(?:noch ?mal|noch einmal|bist du sicher|rate mal|letzte[rn]? antwort|nächste[rn]? buchstabe)\b"
    r"|\b(?:encore une fois|es-tu sûre?|êtes-vous sûre?|devine|dernière réponse|lettre suivante)\b"
    r"|\b(?:otra vez|est[aá]s segur[oa]|adivina|última respuesta|siguiente letra)\b",
    re.IGNORECASE,
)
"""Words about the conversation itself, by which a turn goes on with the one before."""
_DOCUMENT = re.compile(
    r"\b(?:document|context|passage|text|article|source|file|record|note|page|snippet|excerpt|dokument|texte|documento|texto)"
    r"(?:s|en|e)?\b",
    re.IGNORECASE,
)
_DEFINED = (
    re.compile(r"\b(\w{1,15})\b[\"”'’]?(?:\s*:?=|\s+(?:stands for|means|is short for|denotes)\s)"),
    re.compile(
        r"(?:=|\b(?:as|call(?:ed)?|dub(?:bed)?|label(?:l?ed)?|nicknamed?|code ?named?|named?))\s+"
        r"(?:(?:him|her|them|it|this|that|person)\s+){0,2}[\"“'‘]?([A-Z]\w{0,14})\b"
    ),
    re.compile(r"\b(?:call|dub|label|nickname)\b[^.!?\n]{3,400}?\s[\"“'‘]?([A-Z]\w{0,14})[\"”'’]?\s*(?:[.!?,]|$)"),
)
"""How a stand-in is laid down."""
_TOKEN = re.compile(r"[\w'’-]+")
_WORD = re.compile(r"\w+")
_COMPARED = re.compile(
    r"\b(?:unlike|like|besides|apart from|as|than|compared (?:to|with)|in|at|near)\s+$", re.IGNORECASE
)
_REACH = 60
"""Characters before a name in which such a word is looked for."""
_OPENS_COMPARED = frozenset(["Unlike", "Like", "Besides"])
_OWNER = re.compile(r"(?<!^)(?<![.!?]\s)\b([A-ZÀ-ÞА-Я][\w-]{1,60}+)['’]s?\b")
_WHO_LIST = (
    r"author|writer|novelist|poet|person|man|woman|artist|musician|scientist|politician|founder|individual|character"
)
_INDEFINITE = re.compile(
    rf"\b(?:which|what|an?|any|(?<!\bwhen )(?<!\bwhere )(?<!\bhow )(?<!\bwhy )(?:name|is|was|identify) the)\b"
    rf" (?:(?!th|same|said)[\w+,-]+ ){{0,4}}(?:{_WHO_LIST})s?\b",
    re.IGNORECASE,
)
_IN_HIS = re.compile(
    r"(?:in|during|throughout|with|through|by|for|from|besides) (?:his|her|their)\b[^?]*?"
    r"\b(?:do|does|did|is|was|has|have|had|can|could|would) ([A-ZÀ-ÞА-Я][\w'’-]+(?: [A-ZÀ-ÞА-Я][\w'’.-]+)+)",
    re.IGNORECASE,
)
_WHO_ELSE = re.compile(
    r"^\W*(?:(?:ok|okay|and|so|then|und|et|y|e|en)\W+)*(?:who|wer|qui|quién|quien|chi|quem|wie)\b(?P<said>[^.?!]+?)"
    r"(?:,|\s)\s*(?:and|und|et|y|e|en)\s",
    re.IGNORECASE,
)
"""A question after somebody unnamed, which then goes on about them: "Who wrote Hamlet, and when was he born?"."""
_MADE = re.compile(
    r"(?:[\"“„«]|\b(?!(?:the|der|die|das|den|dem)\s)[a-zà-þ]+\s)[A-ZÀ-Þ][\w'’-]+"
    r"|\b(?:wrote|painted|composed|invented|discovered|directed|designed)\s+(?!(?:it|this|that|these|those)\b)\w"
)
"""A thing with a name, after a word that is no article, or one that somebody made."""
_NO_PERSON = frozenset(["award", "prize", "medal", "university", "college", "city", "street", "festival", "school"])


_SOMEBODY = re.compile(
    r"\b(?:[Ww]ho|[Ww]hom|[Ww]hose|(?:author|writer|novelist|poet|person|man|woman|artist|musician|scientist|politician"
    r"|founder|individual|actor|singer|rapper|songwriter|star|host|presenter|director|producer|player|athlete|champion"
    r"|president|minister|king|queen|prince|model|comedian|philosopher|investor|husband|wife|spouse|father|mother|parent"
    r"|son|daughter|brother|sister|child|friend)s?|women|men|children|people|actress(?:es)?|celebrit(?:y|ies)"
    r"|princess(?:es)?|somebody|someone|born|birth|birthday|birthplace|died|death|married|\[\w+\]|<\w+>)\b"
)
"""Words that speak of people; with a capital they may be a title's ("The Parent Trap")."""
_THING = re.compile(r"[\"“”«„‘](?=\w)|(?<![\w’])'(?=\w)|(?<=[\w,] )[A-ZÀ-Þ][\w'’&-]+")


@lru_cache(maxsize=4)
def refers_back(question: str) -> bool:
    """Whether a question leans on somebody named before it: by pronoun, by epithet, or by leaving the subject out."""
    words = fold(question).split()
    if not words or is_courtesy(question):
        return False
    if _stands_for_somebody(question) or any(
        not _epithet_says_who(match) for match in _EPITHETS.finditer(" ".join(words))
    ):
        return True
    if stands_alone(question):
        return False
    if len(words) > _ELLIPSIS or _NAME.search(question):
        return False
    return words[0] in _OPENERS or len(words) <= 3 or asks_for_attributes(question)


def speaks_of_somebody(text: str) -> bool:
    """Whether a text means somebody whom it does not name: by a pronoun or by an epithet ("the author")."""
    return _stands_for_somebody(text) or search(_EPITHETS, fold(text)) is not None


def _stands_for_somebody(text: str) -> bool:
    words = fold(text).split()
    pronouns = _PRONOUNS - _FALSE_FRIENDS if len(_ENGLISH.intersection(words)) > 1 else _PRONOUNS
    if pronouns.intersection(words) or search(_UNSPACED_PRONOUNS, text) or search(_ATTACHED, text):
        return True
    return search(_STANDS_FOR, text) is not None


def asks_of_a_thing(question: str) -> bool:
    """Whether an English question names something and speaks of nobody: "When was The Salt Meridian printed?" """
    if certain_language_of(question) != "en" or speaks_of_somebody(question):
        return False
    return search(_SOMEBODY, question) is None and search(_THING, question) is not None


def goes_on(question: str) -> bool:
    """Whether a question speaks of the conversation itself: "Are you sure?", "The second letter?"."""
    return search(_CONVERSATION, question) is not None


def of_a_document(question: str) -> bool:
    """Whether a question asks for what some text before it says."""
    return search(_DOCUMENT, question) is not None


def stands_in(question: str, earlier: str) -> bool:
    """Whether a question uses a stand-in that an earlier message laid down: "K = Berit Holloway", "call her Q"."""
    defined = {found[1] for pattern in _DEFINED for found in pattern.finditer(earlier)} - {"I", "A"}
    return not defined.isdisjoint(_WORD.findall(question))


def _epithet_says_who(epithet: re.Match[str]) -> bool:
    return epithet[0].startswith("the ") and says_who(epithet.string, epithet.end())


def says_who(text: str, end: int) -> bool:
    """Whether what follows "the author" in a text tells by itself who is meant: " of Tides"."""
    return _SAYS_WHO.match(text, end) is not None


def refers_within(question: str, known: set[str]) -> bool:
    """Whether the pronouns of a question mean somebody of whom it speaks itself, and who is not `known` by name.

    "How did Berit Holloway's youth shape her?" asks about nobody named earlier; "Unlike Berit Holloway, where
    does she live?" does.
    """
    first = next((m.start() for m in _TOKEN.finditer(question) if _is_pronoun(m.group())), len(question))
    before = question[:first]
    if _INDEFINITE.search(before) or _asks_after_another(before, known):
        return True
    named = [*_PERSON.finditer(before), *_OWNER.finditer(before)]
    if opening := _IN_HIS.match(question):
        named.append(opening)
    return any(
        _COMPARED.search(question[max(0, found.start() - _REACH) : found.start()]) is None
        and found.group().split()[0] not in _OPENS_COMPARED
        and names_somebody_else(_name_of(found), known)
        for found in named
        if not _NO_PERSON.intersection(fold(found.group()).split())
    )


def _asks_after_another(before: str, known: set[str]) -> bool:
    """Whether what stands before a pronoun asks who made something of another's: "Who wrote Hamlet, and when was …"."""
    asked = _WHO_ELSE.match(before)
    if asked is None or _stands_for_somebody(asked["said"]) or known.intersection(fold(asked["said"]).split()):
        return False
    return _MADE.search(asked["said"]) is not None


def _name_of(found: re.Match[str]) -> str:
    # Two capitalised words are what a name is known by; a single one is doubled.
    if found.re is _OWNER:
        return f"{found[1]} {found[1]}"
    return found[1] if found.re is _IN_HIS else found[0]


def _is_pronoun(word: str) -> bool:
    return fold(word) in _PRONOUNS - _FALSE_FRIENDS


def names_a_person(text: str) -> bool:
    """Whether a text seems to name a person: two capitalised words in a row."""
    return search(_PERSON, text) is not None


def names_somebody(text: str) -> bool:
    """Whether a text names a person by two words that are more than glue, which "Was he American?" does not."""
    return any(sum(zipf(word) < GLUE for word in fold(name).split()) > 1 for name in persons_named(text))


def persons_named(text: str) -> list[str]:
    """Return what seem to be names of persons in a text: capitalised words in a row, perhaps with the word before."""
    return [found.group() for found in _PERSON.finditer(text)]


def names_somebody_else(text: str, known: set[str]) -> bool:
    """Whether a text seems to name a person and no word of any such name is `known` (folded).

    A name in another script is known if it can be heard as a known word that is more than glue ("there").
    """
    # A word that opens the sentence may stand before the name: "Has Berit Holloway …"
    names = [{w for w in fold(found.group()).split() if zipf(w) < GLUE} for found in _PERSON.finditer(text)]
    if any(known & name for name in names):
        return False
    if text.isascii():
        return any(names)
    heard = names_in(text)
    for part in {part for name in heard for part in name}:
        step()
        if any(alike(part, word) >= _SAME for word in known if _may_be(part, word) and zipf(word) < GLUE):
            return False
    return bool(heard) or any(name for name in names if any(word.isascii() for word in name))


def _may_be(part: str, word: str) -> bool:
    return len(word) > 2 and abs(len(part) - len(word)) <= 4
