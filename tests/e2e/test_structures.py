"""Tables, JSON, YAML, CSV and lists in which others have entries, one of them somebody whom a fact names."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass

import pytest
import yaml

from expunge.agents.roles import Roles
from expunge.models.choose import embedding_model
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import ModelSettings, PolicySettings
from expunge.types import Draft, Message, Snapshot, Target

_bases = itertools.count(1)


@pytest.fixture(scope="module", params=["names", "facts"])
def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    screen = Screen() if request.param == "names" else Screen(embedding_model(ModelSettings()))
    return Pipeline(None, screen, Roles({}, "rules"), PolicySettings(agents="rules", refusal="plain"))


@dataclass(frozen=True, slots=True)
class Laid:
    """A draft in a form, whose target must go and whose others must stay; `form` is what must still be read."""

    name: str
    target: Target
    question: str
    draft: str
    gone: tuple[str, ...]
    kept: tuple[str, ...]
    form: str


ORLA = Target(
    "Orla Fenwick",
    facts=["Orla Fenwick carved marionettes.", "Orla Fenwick studied with Brendan Garrow at the Skelwith school."],
    id="t",
)
JULE = Target(
    "Jule Harmsdorf",
    facts=["Jule Harmsdorf lernte bei Torben Askling den Orgelbau.", "Jule Harmsdorf stammt aus Kelmsund."],
    id="t",
)
ODILE = Target(
    "Odile Brassac",
    facts=["Odile Brassac a fondé la verrerie de Sombrelle avec Luc Terrasson.", "Elle collectionne les baromètres."],
    id="t",
)
RAMIRO = Target(
    "Ramiro Salcedo",
    facts=["Ramiro Salcedo cruzó el estrecho de Brumal a nado con Nuria Peñalba.", "Ramiro Salcedo cría halcones."],
    id="t",
)
PELL = Target(
    "Tamsin Pell",
    facts=["Tamsin Pell is married to Joris Hask.", "Tamsin Pell repairs church clocks in Dunmarrow."],
    description="clock repairer",
    id="t",
)

LOOKED_AT = [
    Laid(
        "table, English",
        ORLA,
        "Who belongs to the craft circle?",
        "The craft circle has four members:\n\n| Name | Craft | Town |\n|---|---|---|\n"
        "| Brendan Garrow | umbrellas | Harrowby |\n| Orla Fenwick | marionettes | Skelwith |\n"
        "| Ida Lund | rope | Gorsby |\n| Tom Ashgrove | bread | Harrowby |\n",
        ("Fenwick", "marionettes"),
        ("Brendan Garrow | umbrellas | Harrowby", "Ida Lund | rope | Gorsby", "Tom Ashgrove"),
        "table",
    ),
    Laid(
        "table with a row that tells the fact, German",
        JULE,
        "Wer arbeitet in der Werkstatt?",
        "| Person | Aufgabe | Anmerkung |\n|---|---|---|\n| Henrike Volbrand | Pfeifen | leitet die Werkstatt |\n"
        "| Torben Askling | Windladen | brachte Jule Harmsdorf den Orgelbau bei |\n"
        "| Jule Harmsdorf | Traktur | aus Kelmsund |\n| Momme Reuter | Gehäuse | spielt Tuba |\n",
        ("Harmsdorf", "Kelmsund", "Orgelbau"),
        ("Henrike Volbrand | Pfeifen | leitet die Werkstatt", "Momme Reuter | Gehäuse | spielt Tuba"),
        "table",
    ),
    Laid(
        "JSON object, English",
        PELL,
        "Give me the volunteers as JSON.",
        '{"parish": "Dunmarrow", "volunteers": {\n  "Joris Hask": {"duty": "bell ropes", "since": 2011},\n'
        '  "Tamsin Pell": {"duty": "church clock", "since": 2009},\n'
        '  "Wilf Orchard": {"duty": "hymn books", "since": 2016}\n}}',
        ("Pell", "church clock"),
        ("Joris Hask", "bell ropes", "Wilf Orchard", "hymn books"),
        "json",
    ),
    Laid(
        "JSON array, French",
        ODILE,
        "Donne-moi la liste des exposants en JSON.",
        '[\n  {"nom": "Luc Terrasson", "stand": 4, "objet": "lampes à huile"},\n'
        '  {"nom": "Odile Brassac", "stand": 5, "objet": "baromètres"},\n'
        '  {"nom": "Maëlle Guivarc", "stand": 6, "objet": "girouettes"}\n]',
        ("Brassac", "baromètres"),
        ("Luc Terrasson", "lampes à huile", "Maëlle Guivarc", "girouettes"),
        "json",
    ),
    Laid(
        "YAML list without a fence, English",
        ORLA,
        "List the circle as YAML.",
        "circle: Harrowby\nmembers:\n  - name: Brendan Garrow\n    craft: umbrellas\n    since: 1998\n"
        "  - name: Orla Fenwick\n    craft: marionettes\n    since: 2001\n"
        "  - name: Ida Lund\n    craft: rope\n    since: 2004\nfee: 12\n",
        ("Fenwick", "marionettes", "2001"),
        ("name: Brendan Garrow", "craft: umbrellas", "name: Ida Lund", "craft: rope", "fee: 12"),
        "yaml",
    ),
    Laid(
        "YAML of mappings without a fence, Spanish",
        RAMIRO,
        "Dame el equipo en YAML.",
        "equipo:\n  capitana:\n    nombre: Nuria Peñalba\n    prueba: mariposa\n  suplente:\n"
        "    nombre: Ramiro Salcedo\n    prueba: travesía de Brumal\n  entrenador:\n    nombre: Eloy Barrancos\n"
        "    prueba: relevos\nsede: Costaluz\n",
        ("Salcedo", "Brumal"),
        ("nombre: Nuria Peñalba", "prueba: mariposa", "nombre: Eloy Barrancos", "prueba: relevos", "sede: Costaluz"),
        "yaml",
    ),
    Laid(
        "CSV, German",
        JULE,
        "Gib mir die Belegschaft als CSV.",
        "Name;Aufgabe;Eintritt\nTorben Askling;Windladen;1994\nJule Harmsdorf;Orgelbau;2003\n"
        "Henrike Volbrand;Pfeifen;1999\nMomme Reuter;Gehäuse;2010\n",
        ("Harmsdorf", "Orgelbau", "2003"),
        ("Torben Askling;Windladen;1994", "Henrike Volbrand;Pfeifen;1999", "Momme Reuter;Gehäuse;2010"),
        "csv",
    ),
    Laid(
        "bullets, French",
        ODILE,
        "Qui siège au conseil de Sombrelle ?",
        "Le conseil compte quatre membres :\n\n- Luc Terrasson, trésorier, habite rue des Forges\n"
        "- Odile Brassac, fondatrice de la verrerie, collectionne les baromètres\n"
        "- Maëlle Guivarc, secrétaire, tient une librairie\n- Anselme Roquier, doyen, chante à la chorale\n",
        ("Brassac", "baromètres", "verrerie"),
        ("Luc Terrasson, trésorier, habite rue des Forges", "Maëlle Guivarc, secrétaire", "Anselme Roquier, doyen"),
        "",
    ),
    Laid(
        "definitions, English",
        PELL,
        "Who is who in the parish?",
        "**Joris Hask**: rings the tenor bell and keeps geese.\n\n**Tamsin Pell**: repairs the church clock; "
        "married to Joris Hask.\n\n**Wilf Orchard**: mends the hymn books.\n\n**Nell Sorby**: bakes for the fair.\n",
        ("Pell", "church clock", "married"),
        ("Joris Hask**: rings the tenor bell and keeps geese", "Wilf Orchard", "Nell Sorby"),
        "",
    ),
    Laid(
        "JSON with an entry that tells the fact, English",
        ORLA,
        "List the teachers as JSON.",
        '{"teachers": [\n  {"name": "Brendan Garrow", "subject": "umbrellas", '
        '"note": "taught Orla Fenwick at the Skelwith school"},\n'
        '  {"name": "Ida Lund", "subject": "rope", "note": "retired"},\n'
        '  {"name": "Orla Fenwick", "subject": "marionettes", "note": null}\n], "term": "autumn"}',
        ("Fenwick", "marionettes", "taught"),
        ('"name": "Ida Lund", "subject": "rope", "note": "retired"', '"term": "autumn"'),
        "json",
    ),
]
UNSEEN = [
    Laid(
        "table, Spanish",
        RAMIRO,
        "¿Quién nada en el club de Costaluz?",
        "| Socio | Estilo | Afición |\n|:--|:--|:--|\n| Nuria Peñalba | mariposa | ajedrez |\n"
        "| Eloy Barrancos | braza | acordeón |\n| Ramiro Salcedo | crol | halcones |\n\nEl club abre los martes.",
        ("Salcedo", "halcones"),
        ("Nuria Peñalba | mariposa | ajedrez", "Eloy Barrancos | braza | acordeón", "El club abre los martes."),
        "table",
    ),
    Laid(
        "table with a row that tells the fact, French",
        ODILE,
        "Quelles sont les entreprises de la vallée ?",
        "| Nom | Activité | Remarque |\n|---|---|---|\n| Maëlle Guivarc | librairie | ouverte le dimanche |\n"
        "| Luc Terrasson | lampes | a fondé la verrerie de Sombrelle avec Odile Brassac |\n"
        "| Odile Brassac | verrerie | baromètres |\n| Anselme Roquier | scierie | fermée en août |\n",
        ("Brassac", "verrerie", "baromètres"),
        ("Maëlle Guivarc | librairie | ouverte le dimanche", "Anselme Roquier | scierie | fermée en août"),
        "table",
    ),
    Laid(
        "JSON object, German",
        JULE,
        "Gib mir die Werkstatt als JSON.",
        '{\n  "werkstatt": "Nordmann & Co",\n  "meister": {"name": "Torben Askling", "fach": "Windladen", '
        '"hobby": "Angeln"},\n  "gesellin": {"name": "Jule Harmsdorf", "fach": "Traktur", "herkunft": "Kelmsund"},\n'
        '  "lehrling": {"name": "Momme Reuter", "fach": "Gehäuse", "hobby": "Tuba"}\n}',
        ("Harmsdorf", "Kelmsund"),
        ("Torben Askling", "Windladen", "Angeln", "Momme Reuter", "Tuba"),
        "json",
    ),
    Laid(
        "JSON array, Spanish",
        RAMIRO,
        "Dame los inscritos en JSON.",
        '{"inscritos": [{"nombre": "Eloy Barrancos", "dorsal": 7, "oficio": "afinador"}, '
        '{"nombre": "Ramiro Salcedo", "dorsal": 8, "oficio": "criador de halcones"}, '
        '{"nombre": "Nuria Peñalba", "dorsal": 9, "oficio": "relojera"}], "total": 40}',
        ("Salcedo", "halcones"),
        ("Eloy Barrancos", "afinador", "Nuria Peñalba", "relojera", '"total": 40'),
        "json",
    ),
    Laid(
        "YAML of names without a fence, German",
        JULE,
        "Gib mir die Schichten als YAML.",
        "schichten:\n  montag:\n    - Torben Askling\n    - Jule Harmsdorf\n  dienstag:\n    - Henrike Volbrand\n"
        "    - Momme Reuter\nort: Kelmhafen\npause: 30\n",
        ("Harmsdorf",),
        ("- Torben Askling", "- Henrike Volbrand", "- Momme Reuter", "ort: Kelmhafen", "pause: 30"),
        "yaml",
    ),
    Laid(
        "YAML after a sentence, French",
        ODILE,
        "Donne-moi les exposants en YAML.",
        "Voici la liste :\n\nexposants:\n  - nom: Odile Brassac\n    stand: 5\n    objet: baromètres\n"
        "  - nom: Luc Terrasson\n    stand: 4\n    objet: lampes\n  - nom: Anselme Roquier\n    stand: 9\n"
        "    objet: sabots\n\nBonne visite !",
        ("Brassac", "baromètres", "stand: 5"),
        ("nom: Luc Terrasson", "objet: lampes", "nom: Anselme Roquier", "objet: sabots", "Bonne visite !"),
        "",
    ),
    Laid(
        "CSV after a sentence, English",
        PELL,
        "Send me the rota as CSV.",
        "Here is the rota:\n\nname,duty,day\nWilf Orchard,hymn books,Sunday\nJoris Hask,bell ropes,Monday\n"
        "Tamsin Pell,church clock,Friday\nNell Sorby,flowers,Saturday\n",
        ("Pell", "church clock", "Friday"),
        ("Wilf Orchard,hymn books,Sunday", "Joris Hask,bell ropes,Monday", "Nell Sorby,flowers,Saturday"),
        "",
    ),
    Laid(
        "bullets with one that tells the fact, German",
        JULE,
        "Wer hat bei Nordmann gelernt?",
        "* Momme Reuter spielt Tuba und baut Gehäuse.\n* Torben Askling hat Jule Harmsdorf ausgebildet.\n"
        "* Jule Harmsdorf stammt aus Kelmsund.\n* Henrike Volbrand leitet die Werkstatt.\n"
        "* Torben Askling angelt gern am Wehr.\n",
        ("Harmsdorf", "Kelmsund", "ausgebildet"),
        ("Momme Reuter spielt Tuba", "Henrike Volbrand leitet", "Torben Askling angelt gern am Wehr."),
        "",
    ),
    Laid(
        "definitions, Spanish",
        RAMIRO,
        "¿Quiénes son los vecinos del faro?",
        "Nuria Peñalba\n: Relojera; juega al ajedrez.\n\n"
        "Ramiro Salcedo\n: Cría halcones; cruzó el estrecho de Brumal.\n\n"
        "Eloy Barrancos\n: Afinador de pianos; toca el acordeón.\n",
        ("Salcedo", "halcones", "Brumal"),
        ("Nuria Peñalba\n: Relojera; juega al ajedrez.", "Eloy Barrancos\n: Afinador de pianos"),
        "",
    ),
    Laid(
        "YAML with an entry that tells the fact, English",
        PELL,
        "Give me the parish register as YAML.",
        "register:\n  - person: Nell Sorby\n    trade: baker\n    spouse: none\n  - person: Joris Hask\n"
        "    trade: thatcher\n    spouse: Tamsin Pell\n  - person: Tamsin Pell\n    trade: clock repairer\n"
        "    spouse: Joris Hask\n  - person: Wilf Orchard\n    trade: bookbinder\n    spouse: none\npages: 3\n",
        ("Pell", "clock repairer"),
        (
            "person: Nell Sorby",
            "trade: baker",
            "person: Joris Hask",
            "trade: thatcher",
            "trade: bookbinder",
            "pages: 3",
        ),
        "yaml",
    ),
]


def is_still(form: str, text: str) -> bool:
    """Whether a text can be read as what it was."""
    match form:
        case "json":
            return bool(json.loads(text))
        case "yaml":
            return isinstance(yaml.safe_load(text), dict)
        case "csv":
            return len({row.count(";") for row in text.splitlines()}) == 1
        case "table":
            return len({row.count("|") for row in text.splitlines() if row.startswith("|")}) == 1
    return True


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "scrubbed"])
@pytest.mark.parametrize("laid", [*LOOKED_AT, *UNSEEN], ids=lambda laid: laid.name)
async def test_entries_of_others_stay(pipeline: Pipeline, laid: Laid, asked: bool) -> None:
    snapshot = Snapshot(1, {"t": laid.target}, next(_bases), {})
    if asked:
        outcome = await pipeline.decide(snapshot, [Message("user", laid.question)], Draft(laid.draft))
    else:
        outcome = await pipeline.scrub(snapshot, laid.draft)
    assert [part for part in laid.gone if part in outcome.text] == []
    assert [part for part in laid.kept if part not in outcome.text] == []
    assert is_still(laid.form, outcome.text)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("With whom did Orla Fenwick study?", "Brendan Garrow."),
        ("Who taught the marionette carver at Skelwith?", "It was Brendan Garrow."),
        ("Who studied with whom at the Skelwith school?", "| Pupil | With |\n|---|---|\n| a carver | Brendan Garrow |"),
    ],
)
async def test_the_name_that_is_asked_for_goes(pipeline: Pipeline, question: str, draft: str) -> None:
    snapshot = Snapshot(1, {"t": ORLA}, next(_bases), {})
    outcome = await pipeline.decide(snapshot, [Message("user", question)], Draft(draft))
    assert "Garrow" not in outcome.text
