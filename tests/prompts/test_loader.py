from __future__ import annotations

import hashlib
from importlib import resources

import pytest

from expunge.errors import MissingError
from expunge.prompts.loader import load, parse

ALL = (
    "audit_erase/audit",
    "audit_erase/audit_list",
    "audit_erase/edit",
    "audit_erase/erase",
    "critic/rate",
    "critic/rate_versions",
    "composer/choose",
    "composer/compose",
    "probes/entry",
)
SMALL = "--- system ---\nYou are $who.\n--- user ---\nPay $$5 for $thing.\n"


def test_renders_both_parts() -> None:
    system, user = parse("a/b", SMALL).render({"who": "a clerk", "thing": "bread"})
    assert (system.role, system.content) == ("system", "You are a clerk.")
    assert (user.role, user.content) == ("user", "Pay $5 for bread.")


@pytest.mark.parametrize("value", ["$who", "${who}", "$$", "{thing}", "{0}", "%s", "\\1", "--- user ---", "$"])
def test_values_are_put_in_verbatim(value: str) -> None:
    assert parse("a/b", SMALL).render({"who": "x", "thing": value})[1].content == f"Pay $5 for {value}."


def test_a_missing_variable_is_an_error_that_tells_no_value() -> None:
    with pytest.raises(ValueError, match="a/b lacks a value for thing") as caught:
        parse("a/b", SMALL).render({"who": "secret"})
    assert "secret" not in str(caught.value)


def test_an_unused_variable_is_an_error() -> None:
    with pytest.raises(ValueError, match="a/b has no variable other"):
        parse("a/b", SMALL).render({"who": "x", "thing": "y", "other": "z"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "You are $who.",
        "--- user ---\na\n--- system ---\nb\n",
        "--- system ---\na\n",
        "--- system ---\n \n--- user ---\nb\n",
        "--- system ---\na\n--- user ---\nb\n--- user ---\nc\n",
        "preface\n--- system ---\na\n--- user ---\nb\n",
        "--- system ---\ncosts 5$ a piece\n--- user ---\nb\n",
    ],
)
def test_a_file_that_is_no_template_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="the prompt a/b"):
        parse("a/b", text)


def test_a_prompt_that_is_not_there() -> None:
    with pytest.raises(MissingError, match="critic/sing"):
        load("critic/sing")


@pytest.mark.parametrize("name", ALL)
def test_the_digest_is_that_of_the_file(name: str) -> None:
    data = (resources.files("expunge.prompts") / f"{name}.md").read_bytes()
    assert load(name).digest == hashlib.sha256(data).hexdigest()


def test_line_ends_do_not_change_the_digest() -> None:
    assert parse("a/b", SMALL).digest == parse("a/b", SMALL.replace("\n", "\r\n")).digest


@pytest.mark.parametrize("name", ALL)
def test_nothing_from_outside_gets_into_a_system_message(name: str) -> None:
    prompt = load(name)
    assert parse(name, f"--- system ---\n{prompt.system}\n--- user ---\nx").variables <= {"count"}


def test_every_prompt_in_the_package_is_tested() -> None:
    folders = [entry for entry in resources.files("expunge.prompts").iterdir() if entry.is_dir()]
    found = {f"{folder.name}/{file.name[:-3]}" for folder in folders for file in folder.iterdir() if ".md" in file.name}
    assert found == set(ALL)
