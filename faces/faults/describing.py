"""Every kind of fault in words: what a request meets, what one can set, and an example.

All of it is read from the models, so that a fault is described in its own file and nowhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from faces.faults.fault import Fault, RequestFault
from faces.faults.model import FaultModel

# What narrows a fault down; those that meet no single request know only how to begin later.
COMMON: tuple[str, ...] = (
    *(field for field in RequestFault.model_fields if field not in Fault.model_fields),
    "after_s",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One field. `values` says in words what it may be: `0 to 100 %`; `default` is None for one that must be given,
    and for one that narrows the fault down and is absent. `type` is number, integer or text, of each one if `many`.
    """

    name: str
    description: str
    values: str
    unit: str
    required: bool
    default: Any
    minimum: float | None
    exclusive_minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    type: str
    many: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. `example` is JSON that switches it on, `protocols` what it can be made over."""

    name: str
    summary: str
    fields: tuple[Setting, ...]
    example: str
    protocols: tuple[str, ...]


def describe() -> tuple[Kind, ...]:
    """In the order in which faults act."""
    return tuple(_kind(name, model) for name, model in _models())


def _models() -> Iterator[tuple[str, type[Fault]]]:
    for name, field in FaultModel.model_fields.items():
        (model,) = (part for part in get_args(field.annotation) if part is not type(None))
        yield name, model


def _kind(name: str, model: type[Fault]) -> Kind:
    schema = model.model_json_schema()
    required = schema.get("required", ())
    # Those of the base class come first in the model; for people they are the last.
    own = [field for field in schema["properties"] if field not in COMMON]
    fields = [*own, *(field for field in COMMON if field in schema["properties"])]
    summary = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    settings = tuple(_setting(field, schema["properties"][field], required=field in required) for field in fields)
    return Kind(name, summary, settings, model.example, model.protocols)


def _setting(name: str, schema: Mapping[str, Any], *, required: bool) -> Setting:
    one = schema.get("items") or (schema.get("anyOf") or [schema])[0]
    unit, choices = one.get("unit", ""), tuple(one.get("enum", ()))
    values = " or ".join(choices) or _range(one, unit) or "text"
    return Setting(
        name=name,
        description=schema["description"],
        values=f"a list of numbers, {values}" if "items" in schema else values,
        unit=unit,
        required=required,
        default=schema.get("default"),
        minimum=one.get("minimum"),
        exclusive_minimum=one.get("exclusiveMinimum"),
        maximum=one.get("maximum"),
        choices=choices,
        type={"string": "text"}.get(one["type"], one["type"]),
        many="items" in schema,
    )


def _range(schema: Mapping[str, Any], unit: str) -> str:
    above, least, most = (schema.get(key) for key in ("exclusiveMinimum", "minimum", "maximum"))
    if above is not None:
        words = f"more than {above:g}" + (f", at most {most:.10g}" if most is not None else "")
    elif least is not None and most is not None:
        words = f"{least:g} to {most:.10g}"
    else:
        return ""
    return f"{words} {unit}".rstrip()
