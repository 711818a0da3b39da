"""What `deploy/` says must be what expunge understands."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from expunge.cli.main import main
from expunge.settings import Settings
from expunge.version import __version__

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = DEPLOY / "helm" / "expunge"
TEMPLATES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((CHART / "templates").iterdir()))


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def variables(text: str) -> set[str]:
    return set(re.findall(r"\bEXPUNGE_[A-Z_]+\b", text))


@pytest.mark.parametrize(
    "text",
    [
        (DEPLOY / "Dockerfile").read_text(encoding="utf-8"),
        (DEPLOY / "compose.yaml").read_text(encoding="utf-8"),
        TEMPLATES,
    ],
    ids=["image", "compose", "chart"],
)
def test_every_variable_is_a_setting(text: str) -> None:
    known = set()
    for name, field in Settings.model_fields.items():
        known.add(f"EXPUNGE_{name.upper()}")
        for inner in getattr(field.annotation, "model_fields", {}):
            known.add(f"EXPUNGE_{name}__{inner}".upper())
            section = field.annotation.model_fields[inner].annotation  # type: ignore[union-attr]
            known |= {f"EXPUNGE_{name}__{inner}__{key}".upper() for key in getattr(section, "model_fields", {})}
    assert variables(text) - {"EXPUNGE_"} <= known


def test_values_meet_the_schema_and_wrong_ones_do_not() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    values = loaded(CHART / "values.yaml")
    jsonschema.validate(values, schema)
    for wrong in ({"replicas": 0}, {"upstream": {"baseUrl": "vllm"}}, {"replica": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(values | wrong, schema)


def test_every_value_is_used_and_every_used_value_is_there() -> None:
    values = loaded(CHART / "values.yaml") | {"nameOverride": ""}
    used = set(re.findall(r"\.Values\.(\w+)", TEMPLATES))
    assert used == set(values)


def test_the_chart_is_of_this_version_and_its_configuration_is_one() -> None:
    chart = loaded(CHART / "Chart.yaml")
    assert chart["appVersion"] == __version__
    Settings(**tomllib.loads(loaded(CHART / "values.yaml")["config"]))


def test_every_secret_is_told_of() -> None:
    used = set(re.findall(r"secretKeyRef:\s+name: .*\s+key: ([\w-]+)", TEMPLATES))
    told = set(re.findall(r"^#   ([\w-]+) {2,}", (CHART / "values.yaml").read_text(encoding="utf-8"), re.MULTILINE))
    assert used == told == {"key", "new-key", "database-url", "upstream-key"}


def test_the_image_and_the_chart_run_a_command_that_there_is() -> None:
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    entry, command = (json.loads(line) for line in re.findall(r"^(?:ENTRYPOINT|CMD) (.*)$", image, re.MULTILINE))
    scripts = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert entry[0] in scripts
    (arguments,) = re.findall(r"^ +args: (\[.*\])$", TEMPLATES, re.MULTILINE)
    for words in (command, json.loads(arguments)):
        assert main([*words, "--help"]) == 0


def test_the_balancer_waits_as_long_and_takes_as_much_as_a_gateway() -> None:
    balancer = (DEPLOY / "nginx" / "expunge.conf").read_text(encoding="utf-8")
    server = Settings().server
    assert f"client_max_body_size {server.max_body // 2**20}m;" in balancer
    assert f"proxy_read_timeout {server.total:.0f}s;" in balancer
    assert f"server gateway:{server.port} resolve;" in balancer


def test_gateways_are_given_longer_than_their_grace() -> None:
    compose = loaded(DEPLOY / "compose.yaml")
    assert (
        int(compose["services"]["gateway"]["stop_grace_period"].removesuffix("s")) > Settings().server.shutdown_timeout
    )
    assert compose["services"]["gateway"]["deploy"]["replicas"] >= 2
