"""Queries read by what is known of their fields beforehand.

The framework finds out for each field of each request anew how it is called, whether it may come several times and what
it is without being sent; of a page of a list that was a quarter of the cost.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from fastapi._compat import ModelField
from fastapi._compat.shared import field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from starlette.datastructures import QueryParams
from starlette.requests import Request

_REQUEST = "_request of the query"
"""The argument under which the request is asked for; no function has such a one."""
_CONSTANT = (str, int, float, bool, Enum, type(None), tuple, frozenset)


def with_known_query(dependant: Dependant) -> Dependant:
    """The same as ``dependant``, whose query and whose dependencies' queries are read here."""
    known = replace(dependant, dependencies=[with_known_query(one) for one in dependant.dependencies])
    call = dependant.call
    if (
        not dependant.query_params
        or not inspect.iscoroutinefunction(call)
        or not all(map(is_plain, dependant.query_params))
    ):
        return known
    fields = tuple(Field.of(field) for field in dependant.query_params)
    asked = dependant.request_param_name
    return replace(known, query_params=[], request_param_name=asked or _REQUEST, call=_reading(call, fields, asked))


def _reading(
    call: Callable[..., Awaitable[Any]], fields: tuple[Field, ...], asked: str | None
) -> Callable[..., Awaitable[Any]]:
    async def read_and_call(**values: Any) -> Any:
        request: Request = values.pop(_REQUEST) if asked is None else values[asked]
        faults = read_fields(fields, request.query_params, "query", into=values)
        if faults:
            raise RequestValidationError(faults)
        return await call(**values)

    return read_and_call


def read_fields(
    fields: tuple[Field, ...], given: Mapping[str, Any], place: str, *, into: dict[str, Any]
) -> list[dict[str, Any]]:
    """Reads the fields into ``into`` and returns what is wrong with them, as the validator says it."""
    faults: list[dict[str, Any]] = []
    for field in fields:
        if field.alias in given:
            into[field.name], wrong = field.validated(given, place)
            faults += wrong
        elif field.is_required:
            faults.append({"type": "missing", "loc": (place, field.alias), "msg": "Field required", "input": None})
        else:
            into[field.name] = field.default if field.is_constant else deepcopy(field.default)
    return faults


@dataclass(frozen=True)
class Field:
    field: ModelField
    name: str
    alias: str
    is_many: bool
    is_required: bool
    is_constant: bool
    default: Any

    @classmethod
    def of(cls, field: ModelField) -> Field:
        is_required = field.field_info.is_required()
        default = None if is_required else field.get_default()
        return cls(
            field=field,
            name=field.name,
            alias=field.alias,
            is_many=field_annotation_is_sequence(field.field_info.annotation),
            is_required=is_required,
            is_constant=isinstance(default, _CONSTANT),
            default=default,
        )

    def validated(self, given: Mapping[str, Any], place: str) -> tuple[Any, list[dict[str, Any]]]:
        many = given.getlist(self.alias) if self.is_many and isinstance(given, QueryParams) else None
        value = given[self.alias] if many is None else many
        return self.field.validate(value, loc=(place, self.alias))


def is_plain(field: ModelField) -> bool:
    """Whether it has one name, is no model of several, and is what it is when it is not sent."""
    info: FieldInfo = field.field_info
    is_model = inspect.isclass(info.annotation) and issubclass(info.annotation, BaseModel)
    return not is_model and info.validation_alias in (None, info.alias) and not info.validate_default
