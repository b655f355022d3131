"""The campaign file: TOML text and CSV link sheets in, a checked `Campaign` out.

Every error names its line. Nothing here reads a snapshot: `parser` reads the text, `model` holds what it means,
and `json_schema` and `template` are made from the model.
"""
