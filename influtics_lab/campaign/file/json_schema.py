"""The JSON Schema of the campaign file, made from its dataclasses; ``campaign.schema.json`` is what this gives."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from influtics_lab.campaign.file.model import Campaign

FILE: Final = "campaign.schema.json"


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a campaign file.

    Dates and times are the texts that they are in JSON; in TOML they stand without quotes.

    Returns
    -------
    dict
        Of draft 2020-12.

    Examples
    --------
    >>> json_schema()["required"]
    ['name', 'period', 'videos']
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "influtics-lab campaign file"}
    return head | _of_table(Campaign)


def _of_table(cls: type) -> dict[str, Any]:
    fields = [field for field in dataclasses.fields(cls) if "inside" not in field.metadata]
    needed = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    about = (cls.__doc__ or "").strip().splitlines()[0]
    required = {"required": needed} if needed else {}
    properties = {field.name: _of_field(field) for field in fields}
    return {"type": "object", "description": about, "properties": properties, **required, "additionalProperties": False}


def _of_field(field: dataclasses.Field[Any]) -> dict[str, Any]:
    about = {"description": field.metadata["about"]}
    if "table" in field.metadata:
        return _of_table(field.metadata["table"]) | about
    if "tables" in field.metadata:
        return {"type": "array", "items": _of_table(field.metadata["tables"])} | about
    return dict(field.metadata["kind"].schema) | about | _default(field)


def _default(field: dataclasses.Field[Any]) -> dict[str, Any]:
    value = field.default
    if value is dataclasses.MISSING or value is None or value == ():
        return {}
    return {"default": list(value) if isinstance(value, tuple) else value}
