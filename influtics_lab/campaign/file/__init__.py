"""The campaign file: TOML text and CSV sheets of links are read into a checked `Campaign`.

`model` and `deals` declare the keys and `field_types` their types; the reader and the JSON Schema are made from them.
`parser` reads a file and reports all errors at once; `table_reader` reads its tables, and names line, key, value and
what is allowed. `template` writes a first file. `toml_mistakes` explains errors in TOML, and `toml_lines` finds the
lines of keys. `contradictions` compares keys that are each valid, and `plausibility` finds values that are valid but
probably a mistake.
"""
