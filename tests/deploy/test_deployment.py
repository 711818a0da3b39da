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


def test_gateways_are_given_longer_than_their_grace() -> None:
    compose = loaded(DEPLOY / "compose.yaml")
    assert int(compose["services"]["gateway"]["stop_grace_period"].removesuffix("s")) > Settings().server.grace
    assert compose["services"]["gateway"]["deploy"]["replicas"] >= 2
