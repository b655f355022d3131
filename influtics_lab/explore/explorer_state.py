"""The state of an explorer: one frozen value with everything its picture depends on, to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Final, Self, TypeVar

from influtics_lab.errors import ConfigError
from influtics_lab.explore.code_lines import Pipes
from influtics_lab.explore.filters import Filters, check_choice

PICTURES: Final = ("counts", "velocity", "engagement")
S = TypeVar("S", bound="State")


@dataclass(frozen=True)
class State:
    """Everything that a picture depends on, besides what it is drawn from."""

    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    def __post_init__(self) -> None:
        for name, allowed in self.choices.items():
            check_choice(name, getattr(self, name), allowed)

    def to_json(self) -> dict[str, Any]:
        """Return the state as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the state that ``to_json`` wrote.

        Parameters
        ----------
        values : dict

        Returns
        -------
        State

        Raises
        ------
        ConfigError
            If it has a name that this state does not have, or a value that is not allowed.
        """
        _check_names(cls, values)
        return cls(**values)


@dataclass(frozen=True)
class FilteredState(State):
    """Everything that a picture of a frame depends on, besides the frame.

    Attributes
    ----------
    filters : Filters
        Which readings.
    """

    filters: Filters = field(default_factory=Filters)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the state that ``to_json`` wrote, as ``State.from_json`` does."""
        chosen = values.get("filters", {})
        if not isinstance(chosen, dict):
            raise ConfigError(f"filters is {chosen!r}; it holds what to_json() wrote.")
        _check_names(Filters, chosen)
        return super().from_json({**values, "filters": Filters(**chosen)})


class CountState(FilteredState):
    """A state whose picture is a count, its velocity, or engagement: one of `PICTURES`."""

    picture: str
    video_id: str | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.video_id, str | None):
            raise ConfigError(f"video_id is {self.video_id!r}; expected the id of a video, or None.")

    @property
    def column(self) -> str:
        """The column that is drawn."""
        count = self.filters.count
        return {"counts": count, "velocity": f"{count}_per_hour", "engagement": "engagement_rate_pct"}[self.picture]

    @property
    def metrics(self) -> Pipes:
        """The functions that add the column to a frame."""
        pipes: dict[str, Pipes] = {"velocity": (("growth", self.filters.count),), "engagement": (("engagement_rate",),)}
        return pipes.get(self.picture, ())


def read_field(state: State, name: str) -> Any:
    """Return a field of a state, or of its filters."""
    return getattr(state if _has_field(state, name) else state.filters, name)  # type: ignore[attr-defined]


def replace_field(state: S, name: str, value: object) -> S:
    """Return the state with one field, or one of its filters, replaced.

    Examples
    --------
    >>> replace_field(FilteredState(), "platform", "TikTok").filters.platform
    'TikTok'
    """
    changes: dict[str, Any] = {name: value}
    if not _has_field(state, name):
        changes = {"filters": replace(state.filters, **changes)}  # type: ignore[attr-defined]
    return replace(state, **changes)


def _has_field(state: State, name: str) -> bool:
    return name in type(state).__dataclass_fields__


def _check_names(kind: type[Any], values: dict[str, Any]) -> None:
    if unknown := set(values) - {known.name for known in fields(kind)}:
        raise ConfigError(
            f"This is not the state of this explorer: {kind.__name__} has no {', '.join(sorted(unknown))}."
        )
