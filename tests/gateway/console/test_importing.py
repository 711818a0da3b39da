from __future__ import annotations

import re

import pytest

from expunge.errors import ExpungeError
from expunge.gateway.console.visits import parts_of
from expunge.gateway.errors import InvalidBody
from expunge.types import Fact, Target
from tests.gateway.console.conftest import Browser, Gateway, Opening, csrf_of, text_of

IMPORT = "/console/import"


async def upload(browser: Browser, name: str, content: bytes) -> str:
    token = csrf_of((await browser.get(IMPORT)).text)
    response = await browser.client.post(IMPORT, data={"csrf": token}, files={"file": (name, content)})
    return response.text


async def test_a_file_is_looked_through_and_imported(browse: Opening, gateway: Gateway) -> None:
    browser = await browse()
    page = await upload(
        browser, "people.csv", "name,aliases,facts\nOrla Quennell,The Keeper,She rowed.\nImre Vadász,,\n".encode()
    )
    assert "2 to import" in text_of(page)
    assert "The Keeper" in page
    assert not gateway.registry.list()
    fields = {name: re.findall(f'name="{name}" value="([^"]+)"', page)[0] for name in ("csrf", "token")}
    assert (await browser.post(f"{IMPORT}/confirm", {**fields, "token": "ü"})).status_code == 409
    assert "2 targets imported" in await browser.follow(await browser.post(f"{IMPORT}/confirm", fields))
    assert gateway.registry.get("Imre Vadász")
    assert gateway.registry.get("The Keeper").facts == (Fact("She rowed."),)
    again = await browser.post(f"{IMPORT}/confirm", fields)
    assert again.status_code == 409
    assert "no longer held" in again.text


async def test_every_wrong_line_is_told(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Petra Lind")])
    content = "name,expires_at\nOrla Quennell,soon\n,\nTobin Ashgrove\n--,\nPetra Lind,\nImre,2040-01-01,x,y\n"
    text = text_of(await upload(browser, "people.csv", content.encode()))
    for sentence in (
        "Line 2: The expiry time of a target must be a date",
        "Line 4: 1 cell under 2 columns",
        "Line 5: The name has no letters or digits",
        "Line 7: 4 cells under 2 columns",
        "Petra Lind is in force already",
        "5 to mend; nothing is registered.",
    ):
        assert sentence in text
    assert len(gateway.registry.list()) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "nothing to import"),
        ({"list": "Orla Quennell", "format": ".exe"}, "format of the list is unknown"),
        ({"list": '{"nom": "x"}', "format": ".jsonl"}, "The name is missing"),
        ({"list": "#", "format": ".txt"}, "contains no targets"),
    ],
)
async def test_what_is_no_list_is_told_so(browse: Opening, fields: dict[str, str], sentence: str) -> None:
    browser = await browse()
    response = await browser.send(IMPORT, IMPORT, **fields)
    assert response.status_code == 422
    assert sentence in text_of(response.text)


async def test_another_format_is_told_so(browse: Opening) -> None:
    text = text_of(await upload(await browse(), "people.pdf", b"%PDF"))
    assert "must end in .txt, .csv, .xlsx or .jsonl" in text


async def test_a_pasted_list(browse: Opening) -> None:
    browser = await browse()
    response = await browser.send(IMPORT, IMPORT, list="Orla Quennell\nTobin Ashgrove", format=".txt")
    assert "2 to import" in text_of(response.text)


async def test_a_form_with_files_needs_the_token_too(browse: Opening) -> None:
    browser = await browse()
    response = await browser.client.post(IMPORT, data={"csrf": "x"}, files={"file": ("a.txt", b"Orla Quennell")})
    assert response.status_code == 403


def test_parts_are_read_byte_for_byte() -> None:
    content = bytes(range(256)) + b"\r\n--x\r\n\r\n"
    body = (
        b'--b o\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nt\xc3\xb6ken\r\n'
        b'--b o\r\ncontent-disposition: form-data; name="file"; filename="a.xlsx"\r\nContent-Type: x/y\r\n\r\n'
        + content
        + b'\r\n--b o\r\nContent-Disposition: form-data; name="none"; filename=""\r\n\r\n\r\n--b o--\r\n'
    )
    form = parts_of('multipart/form-data; boundary="b o"', body)
    assert form.text("csrf") == "töken"
    assert form.files == {"file": ("a.xlsx", content)}


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("multipart/form-data", b"--b\r\n\r\n\r\n--b--"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nx: y\r\n\r\n1\r\n--b--"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut off'),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--'),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n" * 1_100 + b"--b--"),
    ],
)
def test_what_is_no_form_is_refused(media: str, body: bytes) -> None:
    with pytest.raises(InvalidBody) as caught:
        parts_of(media, body)
    assert isinstance(caught.value, ExpungeError)
