"""Names in passing: a question of how something is done is not about the person who sent the file.

"My colleague Berit Holloway sent me a spreadsheet. How do I open it?" asks nothing about her. Unless it is clearly such
a question, in one of seven languages, it is about whoever it names; and so is a draft that says more than how to do it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from expunge.screen.context.anaphora import drops_its_subject, introduces_somebody
from expunge.screen.context.focus import known_words
from expunge.screen.matches import Marked, Passage
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.text.language import certain_language_of
from expunge.text.segment import sentences
from expunge.types import DRAFT_CHANNELS, Evidence, EvidenceKind, Strength, Target

_LONGEST_QUESTION = 600
_LONGEST_DRAFT = 4_000
"""Characters from which a question or a draft is looked at no further, and counts as the target's."""
_STEM = 5
_NAME = 3.2
"""Zipf frequency under which a word with a capital inside a sentence is a name that the draft brings in."""
_HERE = "\ufffc"
"""Stands for the target's name."""
_NOT_BY_NAME = frozenset({EvidenceKind.FACT, EvidenceKind.TOPIC, EvidenceKind.REFERENCE, EvidenceKind.DECODED})

_PERSONAL = re.compile(
    r"\b(?:she|he|her|hers|him|his|herself|himself|whom?|whose|someone|somebody"
    r"|elle|elles|qui|lui|ella|ellas|él|quién(?:es)?|lei|chi|ela|elas|ele|dela|dele|quem|hij|zij|haar|hem"
    r"|wie(?= is\b)"
    r"|wer|wem|wen|ihn|ihm|er|(?:[Ss]ie|ze) (?:ist|hat|war|wird|is|was|heeft|had|(?!nicht|jetzt|direkt|dort|erst"
    r"|zuerst|sonst|selbst|niet|altijd)\w{3,}t)"
    r"|\w{4,}t (?:sie|ze)(?= [A-ZÄÖÜ])"
    r"|il(?! (?:faut|suffit|est (?:possible|préférable|conseillé)|s['’]ouvr|y a)\w*))\b|(?<=['’])(?:elle|il)s?\b",
    re.IGNORECASE,
)
"""Words that mean somebody. Where they may mean a thing, too, or nobody, the draft has the worse of it."""
_IT = re.compile(r"\bihn\b", re.IGNORECASE)
_A_THING_DOES = re.compile(
    r"\b(?:sie|er|elle|il|ele|ela|hij|ze|ella|él)(?: wird| wordt| est| é| será| sera| se| si| s['’]|(?= (?:öffnet"
    r"|opent|abre)))"
    r" ?(?:automatisch |dann |ensuite |então |entonces )?(?:öffnet|startet|erscheint|geöffnet|gespeichert|opent"
    r"|verschijnt|geopend"
    r"|opgeslagen|ouvre|ouvrira|affiche|enregistré|abre|abrirá|aparece|aberto|aberta|guardad[oa])\b"
    r"|\b(?:sie|er|elle|il|hij|ze) (?:startet|erscheint|apparaît|apparaîtra|verschijnt)\b",
    re.IGNORECASE,
)
"""What is said of a file by the pronoun of a person."""
_ONLY_IN = {"il": "fr", "er": "de", "wie": "nl", "he": "en"}
"""What is another word in other languages: an article in Italian, "there" in Dutch."""
_POSSESSIVE = re.compile(r"['’]?s\b|(?<=[sxz])['’](?=\s)")
_ASKED_OF = re.compile(
    r"\b(?:about|of|like|as|than|wie|comme|como|come|als|regarding|concerning|über|wegen|sur|de la part|concernant"
    r"|acerca de|sobre|riguardo a|su|over)\s+\Z",
    re.IGNORECASE,
)
_HOW: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\bhow (?:(?:do|can|could|would|might|must) (?:i|we|you)|to)(?: \w+ly| best| even)? (?P<verb>[\w-]+)"
        r"|\b(?:what(?:['’]s| is| are) the )?(?:\w+ )?(?:way|steps?|trick|possible) (?:for me )?to (?P<verb2>[\w-]+)"
        r"|\bhow (?:long|often|hot|far in advance) (?:do|should|can|must) (?:i|we) (?P<verb3>[\w-]+)"
        r"|\bwhy (?:can['’]?t|don['’]?t) (?:i|we) (?P<verb4>[\w-]+)"
        r"|\bwhy (?:does|do|wo|did)(?:n['’]?t| not) (?:it|they|the file) (?P<verb5>open|work|show|load|play|start"
        r"|print|sync)"
        r"|\b(?:what|how much) is (?:(?:half|a third|a quarter|\d+ ?%|\d+ percent) of|\d+ ?[-+*/x×]) ?(?P<verb6>\w+)"
        r"|\bwh(?:at|ich) (?:program|programme|app|software|tool|formula|command|shortcut|setting)s?"
        r" (?P<verb7>opens?|reads?|converts?|(?:do|can|should) i|lets me|will open)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\bwie (?:(?:kann|soll|muss|könnte) (?:ich|man|wir) |(?P<verb>\w+) (?:ich|man|wir)\b)(?P<verb2>.*\b\w+)?"
        r"|\bwie (?:lange|oft) (?:muss|soll|kann) (?:ich|man) (?P<verb3>.*\b\w+)",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\bcomment (?:(?:puis-je|peut-on|pourrais-je|dois-je|fais-je pour|faire pour|est-ce que (?:je|on)(?: peux"
        r"| peut)?"
        r"|je peux|on peut|je|on) (?:(?:l['’]|le |la |les |en |y ))?(?P<verb>[\w-]+)"
        r"|(?:l['’]|le |la |les |en |y )?(?P<verb2>\w+(?:er|ir|re|oir))\b)"
        r"|\b(?:combien de temps|à quelle fréquence) (?:dois-je|faut-il|puis-je) (?:l['’]|le |la "
        r"|les )?(?P<verb3>\w+)",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\bcómo (?:puedo |podría |debo |se puede |hago para |lo |la |los |las )*"
        r"(?P<verb>\w+(?:o|r(?:l[oae]s?)?)\b|se (?:abre|imprime|guarda|instala|descomprime|descarga|envía)\w?)"
        r"|\b(?:cuánto tiempo|con qué frecuencia) (?:debo |tengo que |hay que |lo |la )+(?P<verb2>\w+)",
        re.IGNORECASE,
    ),
    "it": re.compile(
        r"\bcome (?:posso |potrei |devo |si può |faccio (?:a |per )|lo |la |li |le |l['’])*"
        r"(?P<verb>(?!\w*(?:[aeo]no|mai)\b)\w+(?:o|re|r(?:l[oaie]|mi))\b|si (?:apre|stampa|salva|installa|estrae"
        r"|scarica))"
        r"|\b(?:per quanto tempo|ogni quanto) (?:devo|posso) (?P<verb2>\w+)",
        re.IGNORECASE,
    ),
    "pt": re.compile(
        r"\bcomo (?:é que )?(?:eu )?(?:posso |poderia |devo |se pode |faço para |faz para |o |a |os |as )*"
        r"(?P<verb>(?!são\b)\w+(?:o|r)\b|se (?:abre|imprime|guarda|instala|extrai|descarrega|envia))"
        r"|\b(?:(?:por )?quanto tempo|com que frequência) (?:devo|posso|tenho de) (?P<verb2>\w+)",
        re.IGNORECASE,
    ),
    "nl": re.compile(
        r"\bhoe (?:(?:kan|moet|zou) (?:ik|je|men|we) |(?P<verb>\w+) (?:ik|je|men|we)\b)(?P<verb2>.*\b\w+)?"
        r"|\bhoe ?(?:lang|vaak) (?:moet|kan) (?:ik|je) (?P<verb3>.*\b\w+)",
        re.IGNORECASE,
    ),
}
"""Questions of how somebody who asks does something."""
_WITH_PEOPLE_LIST = """
prepare impress reach contact meet find know greet address thank congratulate approach describe introduce pronounce
spell recognise recognize tell talk speak write say ask answer interview convince persuade like love help please pay
become learn read understand interpret review judge rate explain summarise summarize cite quote imagine visit get
feel react behave dress deal cope support comfort befriend follow trust identify refer call reply respond do go manage
achieve start
begin proceed
vorbereiten erreichen kontaktieren treffen finden kennenlernen begrussen ansprechen danken gratulieren beschreiben
vorstellen aussprechen erkennen erkenne sagen sage sprechen schreiben schreibe fragen beeindrucken lesen verstehen
zitieren anziehen reagieren machen mache tun tue anstellen anfangen beginnen erreiche finde begrusse spreche bereite
verhalten helfen antworten antworte beantworten
preparer joindre contacter rencontrer trouver connaitre saluer aborder remercier feliciter decrire presenter prononcer
reconnaitre dire parler ecrire demander impressionner lire comprendre citer habiller reagir aider appelle repondre
reponds faire fais commencer
preparar preparo prepararme contactar encontrar conocer saludar abordar agradecer felicitar describir presentar
pronunciar reconocer reconozco decir hablar escribir preguntar impresionar leer entender citar vestir reaccionar llama
responder respondo contestar contesto hacer hacerlo hago empezar
ayudar localizar contacto
prepararmi preparo contattare contatto trovare trovo conoscere salutare ringraziare descrivere presentare pronunciare
riconoscere dire parlare scrivere chiedere impressionare leggere capire citare vestire reagire chiama aiutare
rispondere rispondo fare farlo faccio iniziare
contatar preparar encontrar conhecer cumprimentar agradecer descrever apresentar reconhecer dizer falar escrever
perguntar impressionar ler perceber entender citar reagir ajudar responder respondo fazer faco comecar
voorbereiden bereiken contacteren ontmoeten vinden leren begroeten aanspreken bedanken feliciteren beschrijven
voorstellen uitspreken herkennen herken zeggen spreken schrijven vragen lezen begrijpen citeren kleden reageren helpen
antwoorden antwoord doen doe beginnen
bereik vind begroet spreek bedank heet gaat
"""
"""What is done to a person, or to what a person made, rather than to a thing."""
_OPERATIONS = re.compile(
    r"\b(?:open|print|save|send|forward|share|download|upload|convert|delete|archive|mute|add|remove|rename"
    r"|sort|filter|attach|scan|sign|encrypt|decrypt|unzip|unpack|extract|import|export|copy|merge|move|restore|block"
    r"|transfer|install|edit|accept|decline|cancel|reschedule|schedule|invite|cc|bcc"
    r"|(?:öffn|druck|speicher|schick|send|teil|lad|lösch|verschieb|archivier|anhäng|scann|entpack|import|export"
    r"|kopier|weiterleit|leit|einlad|füg|überweis|signier|verschlüssel|installier)(?:e|en|t)?"
    r"|(?:ouvr|imprim|enregistr|envo[yi]|transf[éè]r|partag|télécharg|supprim|archiv|ajout|scann|sign|chiffr"
    r"|décompress|extra|import|export|copi|install|convert|invit|annul)\w{0,3}"
    r"|(?:abr|imprim|guard|enví|envi|reenv|compart|descarg|borr|elimin|archiv|agreg|añad|escane|firm|cifr"
    r"|descomprim|extra|import|export|copi|instal|conviert|convert|invit|cancel)\w{1,4}"
    r"|(?:apr|stamp|salv|invi|mand|inoltr|condivid|scaric|elimin|cancell|archivi|aggiung|firm|cifr|estra|import"
    r"|esport|copi|install|convert|invit)\w{1,4}"
    r"|(?:abr|imprim|guard|envi|mand|reencaminh|encaminh|partilh|compartilh|descarreg|baix|apag|elimin|arquiv"
    r"|adicion|assin|extra|import|export|copi|instal|convert|convid|cancel)\w{1,4}"
    r"|(?:open|print|sla|stuur|verstuur|verzend|deel|download|verwijder|archiveer|voeg|scan|onderteken|pak"
    r"|importeer|exporteer|kopieer|installeer|nodig|annuleer)(?:en|t)?|sturen|delen|doorsturen|uitpakken|openen"
    r"|printen)\b",
    re.IGNORECASE,
)
"""What is done with files and messages, whoever else has a hand in it."""
_SENT = (
    r"(?:sent|gave|e-?mailed|mailed|shared|forwarded|left|lent|passed|handed|texted|faxed|posted)",
    r"(?:geschickt|gesendet|gegeben|gemailt|weitergeleitet|geteilt|hinterlassen|überlassen)",
    r"(?:envoyé|envoyée|donné|donnée|transmis|transmise|partagé|partagée|transféré|laissé|prêté)e?s?",
    r"(?:mandó|envió|dio|mandado|enviado|dado|pasó|compartió|compartido|reenvió|reenviado|dejó)",
    r"(?:mandato|mandata|inviato|inviata|dato|data|condiviso|condivisa|inoltrato|inoltrata|passato|lasciato)",
    r"(?:enviou|mandou|deu|passou|partilhou|compartilhou|encaminhou|enviado|mandado|deixou|reencaminhou)",
    r"(?:stuurde|gestuurd|gegeven|gaf|gemaild|mailde|doorgestuurd|gedeeld|deelde|verstuurd)",
)
_ME = r"(?:me|us|mir|uns|m['’]|me|nous|m|nos|mi|ci|nos|mij|ons|ik|ich)"
_ADVERBS = (
    r"(?: (?:just|has|had|have|hat|hatte|a|ha|heeft|today|yesterday|kindly|already|gestern|heute|hier|ayer|ieri|ontem"
    r"|gisteren))*"
)
_BY_WHOM = tuple(
    re.compile(pattern, re.IGNORECASE)
    for sent in _SENT
    for pattern in (
        rf",? ?\b(?:that|which|die|der|das|den|que|qu['’]|che|dat|what)? ?{_ME}?['’ ]?{_HERE}{_ADVERBS} "
        rf"(?:{_ME}['’ ]?)?(?:{_ADVERBS} )?{sent}(?: (?:to |with |on to |a |aan )?{_ME}\b)?{_ADVERBS}",
        rf",? ?\b(?:die|der|das|den|que|che|dat) {_ME}(?: ha| a| heeft| has)? ?{sent} {_HERE}",
        rf",? ?\b(?:die|der|das|den|dat) {_ME} (?:von |door )?{_HERE}(?: {sent})?{_ADVERBS}",
        rf",? ?\b(?:que|che|qu['’]) ?{_ME}['’ ]?{_ADVERBS} ?{sent} {_HERE}",
    )
)
"""Who sent what the question is about."""
_TO_WHOM = re.compile(
    rf"\b(?:sent |shared |written )?(?:to|from|with|by|for|an|von|mit|für|à|de|d['’]|avec|par|pour|con|para|a|da|di"
    rf"|com|aan|van|met|voor|door) {_HERE}",
    re.IGNORECASE,
)
_ADDRESSEE = re.compile(
    rf"\b(?:send|forward|share|show|hand|give|e-?mail|schicke?n?|sende?n?|stuur|sturen) {_HERE}", re.I
)
_STATED = re.compile(
    r"\b(?:i|i['’]ve|me|my|we|us|our|ich|mir|mich|mein\w*|wir|uns|unser\w*|je|j['’]ai|j|m|moi|mon|ma|mes|nous|notre"
    r"|nos|yo"
    r"|mi|mis|nosotr[oa]s|nuestr[oa]s?|he|tengo|recibí|io|mio|mia|miei|ho|ci|nostr[oa]|eu|meus?|minhas?|nosso"
    r"|recebi|tenho"
    r"|ik|mij|mijn|wij|we|ons|onze)\b",
    re.IGNORECASE,
)
"""Words of a sentence in which who asks says what came to pass."""
_TO_DO = re.compile(
    r"\s*(?:please |can you |could you |bitte |kannst du |peux-tu |por favor |puoi |podes |kun je )*(?:"
    r"remind me (?:\w+ ){0,3}to\b|set (?:me )?a reminder|(?:add|put|note|write)\b.*\b(?:my|the|our) [\w-]*"
    r" ?(?:list|calendar|to-?dos?|diary|agenda|reminders)\b|schedule (?:a |an )?(?:call|lunch|meeting|appointment)\b"
    r"|erinnere? mich\b.*(?:\b(?:an|zu)\b|\Bzu\w+en\b)|setz\w*\b.*\bliste\b|trag\w*\b.*\bkalender\b"
    r"|schreib\w*\b.*\bliste\b"
    r"|rappelle(?:-moi|z-moi) d|ajoute\w*\b.*\b(?:liste|agenda|calendrier)\b|recu[eé]rdame\b|a[ñn]ade\b.*\blista\b"
    r"|apunta\b.*\b(?:lista|agenda)\b|ricordami di\b|aggiungi\b.*\b(?:lista|agenda|calendario)\b|lembra-me de\b"
    r"|me lembre de\b|adiciona\b.*\b(?:lista|agenda)\b|herinner me\b|zet\b.*\b(?:lijst|agenda)\b)",
    re.IGNORECASE,
)
_ASKS_WITHIN = re.compile(
    r"\b(?:who|what|whose|where|why|wer|was|wo|qui|quel\w*|où|quién|qué|dónde|chi|cosa|dove|quem|onde|wie|waar"
    r"|wat)\b",
    re.I,
)
_ASKS_MORE = re.compile(
    r"(?:,|;|\b(?:and|or|und|oder|et|ou|y|e|o|en|of)) (?:also |auch |aussi |también |anche |também |ook )?"
    r"(?:who|what|whose|which|where|when|why|how|is|are|was|were|does|did|has|wer|was|wo|wann|wie|welche\w*|ist|qui"
    r"|que[l]\w*"
    r"|quand|où|comment|est|quién|qué|cuándo|dónde|cuál|chi|cosa|che cosa|quando|dove|quale|quem|onde|qual|wat|waar"
    r"|wanneer"
    r"|welke?|hoe)\b",
    re.IGNORECASE,
)
"""Another question after the one of how something is done."""
_ASKS_FIRST = re.compile(
    r"\W*(?:is(?! there| it possible)|are|was|were|does|did|has|have|had|ist|sind|war|hat|est|a-t|es|fue|è|ha|é|foi"
    r"|heeft)\b",
    re.IGNORECASE,
)
_NOTED_LIST = """
ill ive youll done reminder remind list calendar added noted task set appointment entry note scheduled sure okay ok got
erledigt erinnerung erinnere erinnern liste kalender notiert eintrag eingetragen hinzugefugt gerne
fait rappel rappellerai liste agenda ajoute note entendu hecho recordatorio recordare lista agenda anotado anadido
fatto promemoria ricordero lista aggiunto annotato feito lembrete lembrarei lembro lista adicionado anotado
gedaan herinnering herinner lijst agenda toegevoegd genoteerd
"""
_INSTRUCTS_LIST = """
open click double right left press tap choose select pick go type enter use try drag drop save copy paste attach send
cut put add mix heat roast bake boil check look make turn set install download unzip extract log sign find first then
next finally hold move rename mark highlight start close switch scroll write divide multiply wash dry peel let leave
offne klicke klick klicken doppelklicke doppelklicken wahle wahlen tippe tippen drucke drucken nutze nutzen ziehe ziehen
gehe gehen gib geben speichere speichern kopiere kopieren lade laden versuche prufe prufen starte starten mit schneide
installiere entferne lege fuge halte trenne lose setze verbinde markiere
ouvrez ouvre cliquez clique double faites fais choisissez choisis appuyez appuie tapez tape allez va utilisez utilise
selectionnez selectionne enregistrez enregistre copiez copie telechargez essayez verifiez verifie entrez coupez coupe
installe enleve retire mets branche debranche ajoute place
abre abra haz haga pulsa pulse elige elija selecciona seleccione escribe escriba ve vaya usa use guarda guarde copia
copie
descarga descargue arrastra arrastre comprueba compruebe corta corte introduce
instala instale quita quite pon ponga desconecta desconecte anade conecta
apri apra fai faccia clicca clicchi premi prema scegli scelga seleziona selezioni digita digiti vai vada usa usi salva
salvi copia copi scarica scarichi trascina trascini controlla inserisci taglia installa togli stacca collega aggiungi
metti
abra abre clique clica faca faz escolha escolhe prima prime selecione seleciona digite escreva va vai use usa guarde
salve
copie descarregue baixe arraste verifique introduza corte toque instale retire coloque ligue desligue adicione
open klik dubbelklik druk kies selecteer typ ga gebruik sla kopieer download sleep controleer snijd voer tik
installeer verwijder trek zet leg plaats
"""
_ORDERS = re.compile(
    r"\W*(?:(?!(?:won|wrote|made|was|became|led|ran|sang|drew|built|taught|held|got|took|had|and|by|of|in|at|with"
    r"|as|for"
    r"|from|to|on|all|both|knew|met|saw|left|said|among|like)\b)[a-z]+(?<!s)(?<!ed) (?:it|them|the|your|both|each)\b"
    r"|\w+ez\b|\w+e-[ao]s?\b|\w+en Sie\b)",
    re.IGNORECASE,
)
"""Orders as they are told by their form: "Pitch the tent", "Débranchez", "Regue-a", "Ziehen Sie"."""
_YOU_LIST = """
you your you'll yourself du dir dich dein deine deinen deinem deiner ihre ihrem ihren ihr sie tu te toi ton ta tes
vous votre vos usted
tu tus ti tuo tua tuoi voi vostro voce seu sua teu je jouw uw
"""
_PEOPLE_LIST = """
colleague neighbour neighbor friend boss landlord wife husband author writer artist singer actor actress painter poet
novelist carver scientist teacher person woman man lady guy born lives lived works worked married died
kollegin kollege nachbarin nachbar freundin freund chefin chef autorin autor frau mann geboren lebt wohnt arbeitet
collegue voisine voisin amie ami auteur autrice femme homme nee habite travaille
companera companero colega vecina vecino amiga amigo autora autor mujer hombre nacio nacida nacido vive trabaja
collega vicina vicino amica amico autrice autore donna uomo nata nato vive lavora
vizinha vizinho mulher homem nasceu mora trabalha
buurvrouw buurman vriendin vriend schrijfster schrijver vrouw geboren woont werkt
"""
_YEAR = re.compile(r"\d{4,}|\d[\d ()/-]{6,}\d|@\w")
_CHOOSES = (
    r"(?:choose|click|click on|press|tap|select|pick|hit|wähle?n?|klicke?n? (?:sie )?auf|tippe?n? (?:sie )?auf"
    r"|choisissez|choisis|cliquez sur|clique sur|appuyez sur|sélectionnez|sélectionne|elige|elija|pulsa|pulse"
    r"|selecciona"
    r"|haz clic en|scegli|scelga|premi|clicca su|seleziona|escolh[ae]|clique em|toque em|prim[ae]|selecione|kies"
    r"|klik op"
    r"|druk op|tik op|selecteer)"
)
_LABEL = re.compile(rf"\b(?i:{_CHOOSES}) (?:then |the |Sie )?[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)?")
"""What a button is called."""
_CAPITAL = re.compile(r"(?<=[\w,;)’'»”\"] )[A-ZÀ-ÞŁŚŽ][\w’'-]+")
_TWO_CAPITALS = re.compile(r"(?<=[\w,;)] )[A-ZÀ-Þ][\w’'-]+ [A-ZÀ-Þ][\w’'-]+")
_PLACED = re.compile(r"\b(?:in|aus|bei|nach|von) (?P<name>[A-ZÄÖÜ]\w+)")


def mentioned_aside(found: Sequence[Marked], texts: Sequence[Passage], question: str) -> list[Marked]:
    """The evidence, that of targets whom the question names on the side counted as that of a system prompt.

    So it is where the question asks how something is done, or is a task to be noted down, and the draft, in which
    nothing points at the target, says that and no more.
    """
    by_target: dict[str, list[Marked]] = {}
    for target, e in found:
        by_target.setdefault(target.id, []).append((target, e))
    if not question or len(question) > _LONGEST_QUESTION or not any(e.channel == "question" for _, e in found):
        return list(found)
    said = [text for channel, _, text in texts if channel in DRAFT_CHANNELS and text.strip()]
    aside = {
        ref
        for ref, marked in by_target.items()
        if _may_be_aside([e for _, e in marked]) and _is_aside(marked[0][0], [e for _, e in marked], question, said)
    }
    if not aside:
        return list(found)
    return [(t, replace(e, channel="system") if t.id in aside and e.channel == "question" else e) for t, e in found]


def _may_be_aside(evidence: Sequence[Evidence]) -> bool:
    asked = [e for e in evidence if e.channel == "question"]
    if not any(e.kind not in _NOT_BY_NAME for e in asked):
        return False
    return not any(
        e.channel in (*DRAFT_CHANNELS, "system")
        or (e.channel == "question" and e.kind in _NOT_BY_NAME and e.strength > Strength.HINT)
        for e in evidence
    )


def _is_aside(target: Target, evidence: Sequence[Evidence], question: str, said: Sequence[str]) -> bool:
    step()
    if not said or any(len(text) > _LONGEST_DRAFT for text in said):
        return False
    spans = sorted({(e.start, e.end) for e in evidence if e.channel == "question" and e.kind not in _NOT_BY_NAME})
    if any(_POSSESSIVE.match(question, end) or _ASKED_OF.search(question[:start]) for start, end in spans):
        return False
    hidden = _hidden(question, spans)
    pieces = [piece.of(hidden).strip() for piece in sentences(hidden)]
    if len(pieces) == 1 and _TO_DO.match(pieces[0]):
        return _is_note(pieces[0]) and all(_notes_down(text, question, target) for text in said)
    tongue = certain_language_of(question) or certain_language_of(f"{question}\n{said[0]}")
    if tongue not in _HOW:
        return False
    asks = [piece for piece in pieces if _HERE in piece or not _states(piece, tongue)]
    how = False
    for piece in asks:
        if _HERE in piece and _states(piece, tongue):
            if not _tells_what_happened(piece):
                return False
            continue
        if not _asks_how(piece, tongue):
            return False
        how = True
    return how and all(_only_instructs(text, question, tongue, target) for text in said)


def _hidden(question: str, spans: Sequence[tuple[int, int]]) -> str:
    """A question with a sign in the place of the target's name."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        if start >= at:
            parts += [question[at:start], _HERE]
        at = max(at, end)
    return "".join([*parts, question[at:]])


def _states(piece: str, tongue: str) -> bool:
    """Whether a sentence tells something, and asks for nothing."""
    return not piece.rstrip(" \"”»'").endswith("?") and _HOW[tongue].search(piece) is None and not _TO_DO.match(piece)


def _tells_what_happened(piece: str) -> bool:
    """Whether a sentence tells of something between the user and somebody named, and not that the user wants something
    of them: "I want to meet …"."""
    between = _STATED.search(piece) or _TO_WHOM.search(piece)
    return between is not None and _words(_WITH_PEOPLE_LIST).isdisjoint(fold(piece).split())


def _asks_how(piece: str, tongue: str) -> bool:
    """Whether a sentence asks how something is done, and of nobody."""
    bare = piece
    for pattern in _BY_WHOM:
        bare = pattern.sub("", bare)
    if _HERE in bare and _OPERATIONS.search(bare):
        bare = _ADDRESSEE.sub(lambda m: m[0].replace(_HERE, ""), _TO_WHOM.sub("", bare))
    if tongue == "de" and _OPERATIONS.search(bare):
        bare = _IT.sub(" ", bare)
    how = _HOW[tongue].search(bare)
    if how is None or _HERE in bare or _means_somebody(bare, tongue):
        return False
    before = bare[: how.start()]
    if _ASKS_WITHIN.search(before) or _ASKS_FIRST.match(before) or _ASKS_MORE.search(bare, how.start()):
        return False
    verbs = {word for group in how.groups() if group for word in fold(group).split()}
    return bool(verbs) and verbs.isdisjoint(_words(_WITH_PEOPLE_LIST)) and not introduces_somebody(bare)


def _means_somebody(text: str, tongue: str) -> bool:
    """Whether a text means somebody by a pronoun, or by a word for people."""
    text = _A_THING_DOES.sub(" ", text)
    for found in _PERSONAL.finditer(text):
        word = found[0].lower()
        if _ONLY_IN.get(word, tongue) == tongue:
            return True
    return not _words(_PEOPLE_LIST).isdisjoint(fold(text).split())


def _is_note(piece: str) -> bool:
    return not piece.endswith("?") and not _ASKS_WITHIN.search(piece) and _PERSONAL.search(piece) is None


def _notes_down(draft: str, question: str, target: Target) -> bool:
    """Whether a draft says that something was noted down, in the words of the question."""
    told = {word[:_STEM] for word in fold(draft).split() if word.isdigit() or zipf(word) < GLUE}
    asked = {word[:_STEM] for word in fold(question).split()}
    noted = {word[:_STEM] for word in _words(_NOTED_LIST)}
    return told <= (asked | noted) - {word[:_STEM] for word in known_words(target)} and not _PERSONAL.search(draft)


def _only_instructs(draft: str, question: str, tongue: str, target: Target) -> bool:
    """Whether a draft tells whoever asked how to do something, speaks of nobody, and brings no name in."""
    asked = set(fold(question).split())
    if _means_somebody(draft, tongue) or any(m[0] not in question for m in _YEAR.finditer(draft)):
        return False
    unlabelled = _LABEL.sub(" ", draft)
    if any(_is_name(word, asked) for word in _capitals(unlabelled, tongue)):
        return False
    if tongue != "de" and any(not asked.issuperset(fold(m[0]).split()) for m in _TWO_CAPITALS.finditer(unlabelled)):
        return False
    topic = {word[:_STEM] for word in asked - known_words(target) if zipf(word) < GLUE}
    for piece in sentences(draft):
        step()
        text = piece.of(draft)
        words = fold(text).split()
        stems = {word[:_STEM] for word in words if zipf(word) < GLUE}
        if drops_its_subject(text):
            return False
        if stems and not _instructs(text, words) and len(stems - topic) > len(stems & topic):
            return False
        topic |= stems
    return True


def _instructs(text: str, words: Sequence[str]) -> bool:
    """Whether a sentence tells whoever asked what to do."""
    if not words or words[0] in _words(_INSTRUCTS_LIST) or not _words(_YOU_LIST).isdisjoint(words):
        return True
    return _ORDERS.match(text) is not None


def _capitals(draft: str, tongue: str) -> Iterator[str]:
    """Words that are written as names are, inside a sentence."""
    if tongue == "de":  # any noun is
        yield from (found["name"] for found in _PLACED.finditer(draft))
    else:
        yield from (found[0] for found in _CAPITAL.finditer(draft))


def _is_name(word: str, asked: set[str]) -> bool:
    if word.isupper() or any(c.isupper() for c in word[1:]):
        return False  # PDF, LibreOffice
    return any(zipf(part) < _NAME and part not in asked for part in fold(word).split())


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(fold(listed).split())
