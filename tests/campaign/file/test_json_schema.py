"""The JSON Schema accepts and refuses the same files as the parser."""

from __future__ import annotations

import dataclasses
import importlib
import json
import tomllib
from importlib import resources
from typing import Any

import pytest
from campaign.cases import HEAD
from campaign.file.test_parser import WHOLE

from influtics_lab.campaign import Campaign, json_schema, parse_campaign
from influtics_lab.campaign.file.json_schema import FILE
from influtics_lab.errors import ConfigError


def validator() -> Any:
    """Return the validator of the schema; importing it takes seconds, which only these tests spend."""
    return importlib.import_module("jsonschema").Draft202012Validator(json_schema())


def as_json(text: str) -> Any:
    return json.loads(json.dumps(tomllib.loads(text), default=lambda value: value.isoformat()))


def test_shipped_schema_equals_schema_of_dataclasses() -> None:
    shipped = resources.files("influtics_lab.campaign").joinpath(FILE).read_text(encoding="utf-8")
    assert json.loads(shipped) == json_schema()
    assert shipped == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    validator().check_schema(json_schema())


def test_every_key_is_described() -> None:
    def walk(schema: dict[str, Any]) -> None:
        assert len(schema["description"]) > 5
        for part in schema.get("properties", {}).values():
            walk(part)

    walk(json_schema())
    assert list(json_schema()["properties"]) == [field.name for field in dataclasses.fields(Campaign)]


BROKEN = [
    ("end = 2025-06-05", "end = 5"),
    ("end = 2025-06-05", ""),
    ('ids = ["a"]', 'ids = ["a"]\nnonsense = 1'),
    ('ids = ["a"]', "ids = []"),
    ('ids = ["a"]', 'ids = ["a"]\n[[spend]]\namount = -1\ndate = 2025-06-01'),
    ('ids = ["a"]', 'ids = ["a"]\n[[targets]]\nmeasure = "x"\nvalue = 1\ndate = 2025-06-01'),
    ('ids = ["a"]', 'ids = ["a"]\n[estimators]\nresamples = 10'),
    ('ids = ["a"]', 'ids = ["a"]\n[estimators]\nlevel_pct = 100'),
    ('ids = ["a"]', 'ids = ["a"]\n[look]\ncolours = ["blue"]'),
    ('ids = ["a"]', 'ids = ["a"]\n[currency]\nreport = "EUR"\nrates = {eur = 1}'),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_schema_refuses_what_parser_refuses(old: str, new: str) -> None:
    good = f'{HEAD}[videos]\nids = ["a"]\n'
    schema = validator()
    assert schema.is_valid(as_json(good))
    assert parse_campaign(good)
    assert not schema.is_valid(as_json(good.replace(old, new)))
    with pytest.raises(ConfigError):
        parse_campaign(good.replace(old, new))


def test_schema_accepts_what_parser_accepts() -> None:
    validator().validate(as_json(WHOLE))
