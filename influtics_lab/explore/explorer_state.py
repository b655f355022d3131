"""What every explorer's state has: it is one frozen value, and goes to JSON and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from influtics_lab.errors import ConfigError
from influtics_lab.explore.filters import Filters


@dataclass(frozen=True)
class Choice:
    """Everything that a picture depends on, besides what it is drawn of."""

    def to_json(self) -> dict[str, Any]:
        """Give the state as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Give the state that ``to_json`` wrote.

        Parameters
        ----------
        values : dict

        Returns
        -------
        Choice

        Raises
        ------
        ConfigError
            If there is a name in it that this state does not have, or a value that it cannot have.
        """
        _known(cls, values)
        return cls(**values)


@dataclass(frozen=True)
class State(Choice):
    """Everything that a picture of a frame depends on, besides the frame.

    Attributes
    ----------
    filters : Filters
        Which readings.
    """

    filters: Filters = field(default_factory=Filters)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Give the state that ``to_json`` wrote, as ``Choice.from_json`` does."""
        chosen = values.get("filters", {})
        if not isinstance(chosen, dict):
            raise ConfigError(f"filters is {chosen!r}; it holds what to_json() wrote.")
        _known(Filters, chosen)
        return super().from_json({**values, "filters": Filters(**chosen)})


def _known(kind: type[Any], values: dict[str, Any]) -> None:
    if unknown := set(values) - {each.name for each in fields(kind)}:
        raise ConfigError(
            f"This is not the state of this explorer: {kind.__name__} has no {', '.join(sorted(unknown))}."
        )
