"""Each error message's advice can be taken: the flags, variables, functions and parameters that it names exist."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import influtics_lab as lab
from influtics_lab import campaign, config, explore, plots
from influtics_lab.cli import COMMANDS, _build_parser

PACKAGE = Path(lab.__file__).parent
VARIABLES = {config.KEY_VARIABLE, config.URL_VARIABLE}


@cache
def messages() -> list[tuple[str, str]]:
    """Every text inside a raise statement of the package, with its place; what is put into it is left out."""
    return list(find_messages())


def find_messages() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and node.exc is not None:
                pieces = [
                    each.value
                    for each in ast.walk(node.exc)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                ]
                yield module, " ".join(pieces)


def flags() -> set[str]:
    found: set[str] = set()
    for command in COMMANDS:
        todo: list[argparse.ArgumentParser] = [_build_parser(command)]
        while todo:
            for action in todo.pop()._actions:
                found |= set(action.option_strings)
                if isinstance(action, argparse._SubParsersAction):
                    todo += action.choices.values()
    return found


def parameters(module: str) -> set[str]:
    """The parameters of the functions and classes in a module, and of the package's public ones."""
    places = [importlib.import_module(module), lab, campaign, explore, plots]
    found = {"tzinfo"}  # of datetime
    for place in places:
        for name in dir(place):
            value = getattr(place, name)
            if callable(value):
                try:
                    found |= set(inspect.signature(value).parameters)
                except (TypeError, ValueError):
                    continue
                for method in vars(value).values() if inspect.isclass(value) else ():
                    if inspect.isfunction(method):
                        found |= set(inspect.signature(method).parameters)
    return found


def test_there_are_messages_and_flags_to_look_at() -> None:
    assert len(messages()) > 200
    assert {"--out", "--port", "--snapshot", "--resume"} <= flags()


def test_every_flag_that_a_message_names_exists() -> None:
    known = flags()
    named = {(flag, module) for module, text in messages() for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)}
    assert named
    assert {(flag, module) for flag, module in named if flag not in known} == set()


def test_every_variable_that_a_message_names_is_read() -> None:
    named = {name for _, text in messages() for name in re.findall(r"\bINFLUTICS_[A-Z_]+", text)}
    assert named <= VARIABLES


def test_every_function_that_a_message_names_is_public() -> None:
    named = {name for _, text in messages() for name in re.findall(r"\blab\.([a-z_]+)", text)}
    assert named
    assert {name for name in named if not hasattr(lab, name)} == set()


def test_every_parameter_that_a_message_names_exists() -> None:
    pattern = r"(?<![\w<?&.-])([a-z_]{2,})=(?![=>])"
    named = {(module, name) for module, text in messages() for name in re.findall(pattern, text)}
    assert named
    known = {module: parameters(module) for module, _ in named}
    assert {(module, name) for module, name in named if name not in known[module]} == set()


def test_the_advice_to_give_a_key_can_be_taken() -> None:
    for function in (lab.Client, lab.load_stats, lab.take_snapshot):
        assert {"api_key", "base_url"} <= set(inspect.signature(function).parameters)
