from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from expunge.errors import ImportFailed, InvalidTarget
from expunge.registry.importing.files import (
    check_targets,
    parse_due,
    parse_targets,
    parse_time,
    read_facts,
    read_targets,
)
from expunge.types import Fact, Target, TargetKind

FULL = Target(
    "Orla Quennevest",
    aliases=("O. Quennevest", "Орла"),
    facts=(Fact("Born in Marrowick"), Fact("Plays the lute, badly")),
    description="The lute player",
    kind=TargetKind.ENTITY,
    expires_at=datetime(2030, 12, 31, tzinfo=UTC),
    reason="Request 4",
    request_id="DSR-4",
    due_at=datetime(2030, 6, 30, 23, 59, 59, tzinfo=UTC),
)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "Orla Quennevest\n\n  # a comment\n  Ivo Pellandrine  \n", ["Orla Quennevest", "Ivo Pellandrine"]),
        ("a.TXT", "\ufeffOrla Quennevest\r\nIvo Pellandrine", ["Orla Quennevest", "Ivo Pellandrine"]),
        ("a.csv", "name\nOrla Quennevest\n\n", ["Orla Quennevest"]),
        ("a.csv", '\ufeffname,reason\r\n"Quennevest, Orla",\r\nIvo,x\r\n', ["Quennevest, Orla", "Ivo"]),
        ("a.csv", '\ufeffname;reason\r\n"Quennevest; Orla";"a, b"\r\nIvo;x\r\n', ["Quennevest; Orla", "Ivo"]),
        (
            "a.csv",
            "case id\tname\n1\tQuennevest, Orla\n2\tIvo; the younger\n",
            ["Quennevest, Orla", "Ivo; the younger"],
        ),
        ("a.csv", "name;reason\rOrla;a, b\r", ["Orla"]),
        ("a.jsonl", '{"name": "Orla"}\n\n{"name": "Ivo"}\n', ["Orla", "Ivo"]),
        ("a.jsonl", '{"name": "Orla\u2028Quennevest", "reason": null}', ["Orla Quennevest"]),
    ],
)
def test_names_are_read_in_order(tmp_path: Path, name: str, content: str, expected: list[str]) -> None:
    assert [target.name for target in read_targets(write(tmp_path, name, content))] == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.csv",
            "name,aliases,facts,description,kind,expires_at,reason,request_id,due_at\n"
            'Orla Quennevest,O. Quennevest| Орла |,"Born in Marrowick|Plays the lute, badly",'
            "The lute player,entity,2030-12-31,Request 4,DSR-4,2030-06-30\n",
        ),
        (
            "a.jsonl",
            '{"name": "Orla Quennevest", "aliases": ["O. Quennevest", "Орла"], "kind": "Entity",'
            '"facts": ["Born in Marrowick", {"answer": "Plays the lute, badly"}], "reason": "Request 4",'
            '"description": "The lute player", "expires_at": "2030-12-31T00:00:00Z",'
            '"request_id": "DSR-4", "due_at": "2030-06-30"}',
        ),
    ],
)
def test_everything_about_a_target_can_be_imported(tmp_path: Path, name: str, content: str) -> None:
    assert read_targets(write(tmp_path, name, content)) == [FULL]


SHEET = (("name", "aliases", "facts", "due"), ("Orla Quennevest", "Orla, the lute|Орла", "Plays; well", "2030-06-30"))


def sheet(sign: str, quoted: bool = False) -> str:
    """The sheet as a program for tables writes it."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=sign, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(SHEET)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        *(
            pytest.param((before + sheet(sign, quoted)).encode(encoding), id=f"{sign!r} {before!r} {quoted} {encoding}")
            for sign in (",", ";", "\t")
            for before in ("", f"sep={sign}\r\n")
            for quoted in (False, True)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
        ),
        pytest.param(f'"sep=;"\r\n{sheet(";")}'.encode(), id="sep in quotes"),
        pytest.param(f"SEP=;\n{sheet(';')}".encode(), id="in capitals"),
        pytest.param(f"sep=;;;;\n{sheet(';')}".encode(), id="a sep line with empty cells"),
        pytest.param(f"sep=:\n{sheet(':')}".encode(), id="another sign"),
        pytest.param(b"\xfe\xff" + sheet("\t").encode("utf-16-be"), id="the other byte order"),
        pytest.param(sheet(";").replace("\r\n", "\r").encode(), id="old line ends"),
        pytest.param(f"\r\n\r\n{sheet(';')}".encode(), id="empty lines before"),
        pytest.param(sheet(";").replace("\r\n", ";;\r\n").encode(), id="empty columns at the end"),
        pytest.param(f"{sheet(',')}{',' * 5}\r\n".encode(), id="an empty row"),
    ],
)
def test_what_programs_for_tables_write(tmp_path: Path, content: bytes) -> None:
    (target,) = read_targets(write(tmp_path, "a.csv", content))
    assert (target.name, target.aliases) == ("Orla Quennevest", ("Orla, the lute", "Орла"))
    assert ([fact.text for fact in target.facts], target.due_at is not None) == (["Plays; well"], True)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_of_names_from_any_editor(tmp_path: Path, end: str, encoding: str) -> None:
    path = write(tmp_path, "a.txt", f"Orla Quennevest{end}# of letter 4{end}Zoë Marl{end}".encode(encoding))
    assert [target.name for target in read_targets(path)] == ["Orla Quennevest", "Zoë Marl"]


def test_a_heading_of_ones_own_with_another_sign_in_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'Who;"When, at last";Desk\nOrla;2030-06-30;3\n')
    (target,) = read_targets(path, {"name": "who", "due_at": "When, at last"})
    assert (target.name, target.due_at is not None) == ("Orla", True)


def test_a_csv_fact_may_hold_a_line_break(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'name,facts\nOrla,"one\ntwo"\nIvo,\n,x\n')
    with pytest.raises(ImportFailed, match=r"^Line 5: The name is empty"):
        read_targets(path)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.txt", "", "contains no targets"),
        ("a.txt", "# nobody\n\n", "contains no targets"),
        ("a.csv", "", "contains no targets"),
        ("a.csv", "name\n", "contains no targets"),
        ("a.jsonl", "\n", "contains no targets"),
        ("a.xls", "x", "save a.xls as .xlsx or CSV"),
        ("a.xlsx", "x", "not an Excel workbook"),
        ("a.txt", "Orla\n...\n", r"^Line 2: The name has no letters"),
        ("a.txt", "Orla\n" + "x" * 10_000, r"^Line 2: The name is 10,000 characters long"),
        ("a.txt", "Orla\nIvo\n ORLA\n", r"^Line 3: The name repeats that of line 1"),
        ("a.txt", "Orla\nIvo\nZo\u00eb".encode("latin-1"), r"^Line 3: .* not UTF-8"),
        ("a.txt", "Orla".encode("utf-16-le"), r"^Line 1: .* not UTF-8"),
        ("a.csv", "name;facts\nOrla;\n".encode("utf-16-be"), r"^Line 1: .* not UTF-8"),
        ("a.txt", b"\xff\xfeO\0r", r"^Line 1: .* not UTF-8"),
        ("a.txt", "Orla\nIvo\tLute\n", r"^Line 2: The line contains a tab"),
        ("a.csv", "sep=;\nname;reason\nOrla;a;b\n", r"^Line 3: 3 cells under 2 columns"),
        ("a.csv", "sep=|\nname|reason\nOrla|a|b\n", r"^Line 3: .* contain a \| in double quotes"),
        ("a.csv", "sep=;\n", "contains no targets"),
        ("a.csv", "name;;\nOrla;;x\n", r"^Line 2: 3 cells under 1 column;"),
        ("a.csv", "Orla Quennevest\nIvo\n", r"^Line 1: The column name is missing"),
        ("a.csv", "Full name,E-Mail\nOrla,x\n", 'the columns are "Full name", "E-Mail". Rename one to name'),
        ("a.csv", "Owner,Deadline\nOrla,x\n", 'the columns are "Owner", "Deadline"'),
        ("a.csv", "name,alias\nOrla,\n", r'^Line 1: The column "alias" is unknown; did you mean aliases\?'),
        ("a.csv", "name,shoe size\nOrla,9\n", r'column "shoe size" is unknown; known are name, aliases'),
        ("a.csv", "name,name\nOrla,Ivo\n", "column name appears twice"),
        ("a.csv", "name,reason\nOrla,a\nIvo,b,c\n", r"^Line 3: 3 cells under 2 columns"),
        ("a.csv", "name,reason\nOrla\n", r"^Line 2: 1 cell under 2 columns"),
        ("a.csv", "name;reason\nOrla;a;b\n", r"^Line 2: 3 cells under 2 columns; put cells that contain a semicolon"),
        ("a.csv", 'name\nOrla\n"Ivo\n', r"^Line 3: The line is not valid CSV"),
        ("a.csv", 'name\n"Orla"x\n', r"^Line 2: The line is not valid CSV"),
        ("a.csv", "name,kind\nOrla,ghost\n", r"^Line 2: The kind"),
        ("a.csv", "name,expires_at\nOrla,soon\n", r"^Line 2: The expiry time"),
        ("a.jsonl", '{"name": "Orla"}\n{"name": "Ivo"\n', r"^Line 2: The line is not valid JSON"),
        ("a.jsonl", "[" * 100_000, r"^Line 1: The line is not valid JSON"),
        ("a.jsonl", '"Orla"', r"^Line 1: The line is not an object"),
        ("a.jsonl", "{}", r"^Line 1: The name is missing"),
        ("a.jsonl", '{"name": null}', r"^Line 1: The name must be text"),
        ("a.jsonl", '{"name": "Orla", "fact": []}', r'key "fact" is unknown; did you mean facts\?'),
        ("a.jsonl", '{"name": "Orla", "aliases": "O."}', r"^Line 1: Aliases must be a list"),
        ("a.jsonl", '{"name": "Orla", "aliases": [1]}', r"^Line 1: The alias must be text"),
        ("a.jsonl", '{"name": "Orla", "facts": [1]}', r"^Line 1: A fact must be"),
        ("a.jsonl", '{"name": "Orla", "kind": ["topic"]}', r"^Line 1: The kind"),
        ("a.jsonl", '{"name": "Orla", "expires_at": 2030}', r"^Line 1: The expiry time"),
        ("a.csv", "name,due_at\nOrla,soon\n", r"^Line 2: The due time of a request"),
        ("a.jsonl", '{"name": "Orla", "due_at": 2030}', r"^Line 1: The due time of a request"),
        ("a.jsonl", '{"name": "Orla", "request_id": 7}', r"^Line 1: The request id must be text"),
        ("a.jsonl", '{"name": "Orla", "description": 3}', r"^Line 1: The description"),
        ("a.jsonl", '{"name": "\\ud800Orla"}', r"^Line 1: The name is not valid Unicode"),
    ],
)
def test_a_bad_file_of_targets(tmp_path: Path, name: str, content: str | bytes, error: str) -> None:
    with pytest.raises(ImportFailed, match=error) as caught:
        read_targets(write(tmp_path, name, content))
    assert "Orla" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"There is no file .*a\.txt"):
        read_targets(tmp_path / "a.txt")
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(ImportFailed, match="it is a folder"):
        read_targets(tmp_path / "b.txt")


def test_facts_are_statements_or_questions_with_answers(tmp_path: Path) -> None:
    path = write(tmp_path, "f.jsonl", '"Keeps bees"\n{"question": "Whose son?", "answer": "A florist\'s"}\n')
    assert read_facts(path) == [Fact("Keeps bees"), Fact("A florist's", "Whose son?")]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("f.txt", '"x"', "must end in .jsonl"),
        ("f.jsonl", "", "contains no facts"),
        ("f.jsonl", '"x"\nx', r"^Line 2: The line is not valid JSON"),
        ("f.jsonl", '"x"\n{"question": "Who?"}', r"^Line 2: A fact is empty"),
        ("f.jsonl", "3", r"^Line 1: A fact must be a statement"),
    ],
)
def test_a_bad_file_of_facts(tmp_path: Path, name: str, content: str, error: str) -> None:
    with pytest.raises(ImportFailed, match=error):
        read_facts(write(tmp_path, name, content))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-12-31", datetime(2030, 12, 31, tzinfo=UTC)),
        (" 2030-12-31T10:00 ", datetime(2030, 12, 31, 10, tzinfo=UTC)),
        ("2030-12-31T10:00+02:00", datetime(2030, 12, 31, 10, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["", "tomorrow", "31.12.2030", "2030-13-01"])
def test_no_times(text: str) -> None:
    with pytest.raises(InvalidTarget, match="2030-12-31"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-12-31", datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (" 20301231 ", datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2030-12-31T00:00", datetime(2030, 12, 31, tzinfo=UTC)),
        ("2030-12-31T10:00+02:00", datetime(2030, 12, 31, 10, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_due_dates_end_with_their_day(text: str, expected: datetime) -> None:
    assert parse_due(text) == expected


def test_a_file_of_a_case_system(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "Case ID,Subject,Due date,Owner\nDSR-9,Orla Quennevest,2030-06-30,Desk 3\n")
    with pytest.raises(ImportFailed, match="column name is missing"):
        read_targets(path)
    [target] = read_targets(path, {"name": "subject"})
    assert (target.name, target.request_id) == ("Orla Quennevest", "DSR-9")
    assert target.due_at == datetime(2030, 6, 30, 23, 59, 59, tzinfo=UTC)


def test_headings_are_for_tables(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"\.csv and \.xlsx files only"):
        read_targets(write(tmp_path, "a.txt", "Orla\n"), {"name": "Subject"})


@pytest.mark.parametrize(
    ("suffix", "content", "names", "lines"),
    [
        (".txt", "Orla\na\tb\n--\nIvo\norla\n", ["Orla", "Ivo"], [2, 3, 5]),
        (".csv", "name,kind\nOrla,thing\nIvo\nPetra,\n", ["Petra"], [2, 3]),
        (".csv", 'name\nOrla\n--\n"Ivo"x\nPetra\n', ["Orla"], [3, 4]),
        (".jsonl", '{"name": "Orla"}\n{\n[]\n{}\n{"name": "Ivo", "nom": 1}\n{"name": "Petra"}', ["Orla", "Petra"],
         [2, 3, 4, 5]),
        (".csv", "nom,kind\nOrla,entity\n", [], [1]),
    ],
)  # fmt: skip
def test_every_wrong_line_is_reported(suffix: str, content: str, names: list[str], lines: list[int]) -> None:
    checked = check_targets(content.encode(), suffix)
    assert [target.name for target in checked.targets] == names
    assert [int(error.split(":")[0].removeprefix("Line ")) for error in checked.errors] == lines
    with pytest.raises(ImportFailed) as caught:
        parse_targets(content.encode(), suffix)
    assert str(caught.value) == checked.errors[0]


def test_a_file_without_targets_is_an_error_of_its_own() -> None:
    assert check_targets(b"# nobody", ".txt").errors == ("The file contains no targets; add at least one.",)
    assert len(check_targets(b"\xff\xfe\xfa", ".txt").errors) == 1
