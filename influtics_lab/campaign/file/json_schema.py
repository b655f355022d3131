"""The JSON Schema of the campaign file, made from its dataclasses; ``campaign.schema.json`` holds its output."""

from __future__ import annotations

import dataclasses
from typing import Final

from influtics_lab.campaign.file.field_types import FieldType, is_required, list_keys
from influtics_lab.campaign.file.model import Campaign

FILE: Final = "campaign.schema.json"


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a campaign file.

    JSON has no dates: in the schema dates and times are texts; in TOML they are written without quotes.

    Returns
    -------
    dict
        A schema of draft 2020-12.

    Examples
    --------
    >>> json_schema()["required"]
    ['name', 'period']
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "influtics-lab campaign file"}
    return head | _table_schema(Campaign)


def _table_schema(cls: type) -> dict[str, object]:
    fields = list_keys(cls)
    required = [field.name for field in fields if is_required(field)]
    return {
        "type": "object",
        "description": (cls.__doc__ or "").strip().splitlines()[0],
        "properties": {field.name: _key_schema(field) for field in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _key_schema(field: dataclasses.Field[object]) -> dict[str, object]:
    value_type = field.metadata["type"]
    schema = dict(value_type.schema) if isinstance(value_type, FieldType) else _table_schema(value_type)
    if field.metadata["is_list"]:
        schema = {"type": "array", "items": schema}
    schema["description"] = field.metadata["about"]
    if field.default not in {dataclasses.MISSING, None, ()}:
        schema["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
    return schema
