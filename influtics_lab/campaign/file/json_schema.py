"""The JSON Schema of the campaign file, made from its dataclasses; ``campaign.schema.json`` holds its output."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from influtics_lab.campaign.file.field_types import is_required, list_keys
from influtics_lab.campaign.file.model import Campaign

FILE: Final = "campaign.schema.json"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a campaign file.

    JSON has no dates: in the schema dates and times are texts; in TOML they are written without quotes.

    Returns
    -------
    dict
        A schema of draft 2020-12.

    Examples
    --------
    >>> json_schema()["required"]
    ['name', 'period', 'videos']
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "influtics-lab campaign file"}
    return head | _table_schema(Campaign)


def _table_schema(cls: type) -> dict[str, Any]:
    fields = list_keys(cls)
    required = [field.name for field in fields if is_required(field)]
    return {
        "type": "object",
        "description": (cls.__doc__ or "").strip().splitlines()[0],
        "properties": {field.name: _key_schema(field) for field in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _key_schema(field: dataclasses.Field[Any]) -> dict[str, Any]:
    about = {"description": field.metadata["about"]}
    if "table" in field.metadata:
        return _table_schema(field.metadata["table"]) | about
    if "tables" in field.metadata:
        return {"type": "array", "items": _table_schema(field.metadata["tables"])} | about
    schema = {**field.metadata["type"].schema, **about}
    if is_required(field) or field.default in {None, ()}:
        return schema
    return schema | {"default": list(field.default) if isinstance(field.default, tuple) else field.default}
