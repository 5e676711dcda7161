"""Fits what a person wishes to what a model can do, before any money is spent.

A feature that the model lacks is refused. A tuning knob that it lacks is left out and listed: nothing is dropped
silently, and nothing is paid for that cannot come out as wished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from imageloom.contracts.provider import Model, Operation, WholeNumbers
from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number

PROMPT_MAX = 100_000


class DoesNotFit(InvalidInput):
    code = "does_not_fit"
    title = "The model cannot do this."
    way_out = "What each model can do: imageloom models, or /api/models."


@dataclass(frozen=True)
class NotSent:
    """A wish that the model does not know."""

    field: str
    value: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """``request_fields`` are typed as the request wants them."""

    request_fields: Mapping[str, Any]
    not_sent: tuple[NotSent, ...]
    warnings: tuple[str, ...]


@dataclass
class _Fit:
    model: Model
    fields: dict[str, Any] = field(default_factory=dict)
    not_sent: list[NotSent] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def fit(
    model: Model,
    wishes: Mapping[str, str],
    *,
    operation: Operation,
    references: int,
    today: date,
) -> Fitted:
    """Raises :class:`DoesNotFit`, which names the field, the rule and the way out. See also :func:`check_prompt`."""
    result = _Fit(model)
    _check_life(result, today)
    _check_operation(model, operation, references)
    for name, value in wishes.items():
        fitter = _FITTERS.get(name)
        if fitter is not None:
            fitter(result, value)
        else:
            _fit_option(result, name, value)
    if "width" not in result.fields and "size" not in wishes:
        _fit_size(result, model.sizes.default)
    if "quality" not in result.fields and model.default_quality is not None:
        result.fields["quality"] = model.default_quality
    _check_format(result)
    return Fitted(request_fields=result.fields, not_sent=tuple(result.not_sent), warnings=tuple(result.warnings))


def _check_life(result: _Fit, today: date) -> None:
    model = result.model
    instead = f" Use {model.replacement}." if model.replacement else ""
    if model.shutdown_on is not None and model.shutdown_on <= today:
        raise DoesNotFit(f"{model.title} ended on {model.shutdown_on}.{instead}", field="model")
    if model.shutdown_on is not None:
        result.warnings.append(f"{model.title} ends on {model.shutdown_on}.{instead}")
    elif model.deprecated_on is not None and model.deprecated_on <= today:
        result.warnings.append(f"{model.title} is deprecated since {model.deprecated_on}.{instead}")


def check_prompt(model: Model, prompt: str) -> None:
    """Raises :class:`DoesNotFit` for a prompt that is too long."""
    limit = model.max_prompt_characters or PROMPT_MAX
    if len(prompt) > limit:
        raise DoesNotFit(f"The prompt has {len(prompt)} characters; {model.title} takes {limit}.", field="prompt")


def check_mask(model: Model) -> None:
    """Raises :class:`DoesNotFit` for a model that edits whole pictures only."""
    if not model.masks:
        raise DoesNotFit(f"{model.title} takes no mask.", field="mask")


def _check_operation(model: Model, operation: Operation, references: int) -> None:
    if operation not in model.operations:
        raise DoesNotFit(f"{model.title} cannot edit pictures.", field="references")
    if references > model.max_references:
        raise DoesNotFit(
            f"{model.title} takes {model.max_references} reference pictures; {references} were given.",
            field="references",
        )


def _fit_size(result: _Fit, text: str) -> None:
    model, sizes = result.model, result.model.sizes
    if text == "auto":
        return
    width, height = (int(side) for side in text.split("x"))
    if sizes.choices:
        if text not in sizes.choices:
            raise _bad_size(model, text, f"it makes {', '.join(sizes.choices)}")
    else:
        _check_size_rules(model, text, width, height)
    result.fields["width"], result.fields["height"] = width, height


def _check_size_rules(model: Model, text: str, width: int, height: int) -> None:
    sizes = model.sizes
    if width % sizes.multiple_of or height % sizes.multiple_of:
        raise _bad_size(model, text, f"both sides must be multiples of {sizes.multiple_of}")
    if min(width, height) < sizes.min_side or max(width, height) > sizes.max_side:
        raise _bad_size(model, text, f"sides go from {sizes.min_side} to {sizes.max_side}")
    if sizes.max_pixels is not None and width * height > sizes.max_pixels:
        raise _bad_size(model, text, f"at most {sizes.max_pixels} pixels")
    if sizes.min_pixels is not None and width * height < sizes.min_pixels:
        raise _bad_size(model, text, f"at least {sizes.min_pixels} pixels")
    if sizes.max_ratio is not None and max(width, height) > sizes.max_ratio * min(width, height):
        raise _bad_size(model, text, f"no side longer than {sizes.max_ratio:g} times the other")


def _bad_size(model: Model, text: str, rule: str) -> DoesNotFit:
    return DoesNotFit(
        f"{model.title} does not make {text}: {rule}.", field="size", hint=f"Its default is {model.sizes.default}."
    )


def _fit_quality(result: _Fit, value: str) -> None:
    model = result.model
    if not model.qualities:
        result.not_sent.append(NotSent("quality", value, "the model has one quality"))
    elif value not in model.qualities:
        raise DoesNotFit(
            f"{model.title} has no quality {value!r}.", field="quality", hint=f"It has {', '.join(model.qualities)}."
        )
    else:
        result.fields["quality"] = value


def _fit_seed(result: _Fit, value: str) -> None:
    if result.model.seed == "none":
        result.not_sent.append(NotSent("seed", value, "the model takes no seed"))
        return
    seed = int(value)
    if seed > result.model.seed_max:
        raise DoesNotFit(f"{result.model.title} takes seeds up to {result.model.seed_max}.", field="seed")
    result.fields["seed"] = seed


def _fit_negative(result: _Fit, value: str) -> None:
    if result.model.negative_prompt:
        result.fields["negative_prompt"] = value
    else:
        result.not_sent.append(NotSent("negative_prompt", value, "the model takes no negative prompt"))


def _fit_format(result: _Fit, value: str) -> None:
    if value not in result.model.formats:
        raise DoesNotFit(
            f"{result.model.title} does not make {value}.",
            field="format",
            hint=f"It makes {', '.join(result.model.formats)}.",
        )
    if len(result.model.formats) > 1:
        result.fields["format"] = value


def _fit_background(result: _Fit, value: str) -> None:
    model = result.model
    if not model.backgrounds:
        if value == "transparent":
            raise DoesNotFit(f"{model.title} makes no transparent background.", field="background")
        result.not_sent.append(NotSent("background", value, "the model takes no background"))
    elif value not in model.backgrounds:
        raise DoesNotFit(f"{model.title} has no background {value!r}.", field="background")
    else:
        result.fields["background"] = value


def _fit_option(result: _Fit, name: str, value: str) -> None:
    allowed = result.model.options.get(name)
    if allowed is None:
        result.not_sent.append(NotSent(name, value, "the model does not know it"))
        return
    if isinstance(allowed, WholeNumbers):
        fitted: str | int = _whole(name, value, allowed)
    elif value in allowed:
        fitted = value
    else:
        raise DoesNotFit(f"{name} is one of {', '.join(allowed)}.", field=name)
    result.fields.setdefault("options", {})[name] = fitted


def _whole(name: str, value: str, allowed: WholeNumbers) -> int:
    number = whole_number(value, most=allowed.most)
    if number is None or number < allowed.least:
        raise DoesNotFit(f"{name} is a whole number from {allowed.least} to {allowed.most}.", field=name)
    return number


def _check_format(result: _Fit) -> None:
    """What depends on the format, once it is known: the model's first one where none is wished."""
    made = result.fields.get("format", result.model.formats[0])
    if made == "jpeg" and result.fields.get("background") == "transparent":
        raise DoesNotFit("A JPEG has no transparent background.", field="format", hint="Take png or webp.")
    wished = result.fields.pop("options", {})
    taken = {}
    for name, value in wished.items():
        allowed = result.model.options[name]
        formats = allowed.formats if isinstance(allowed, WholeNumbers) else None
        if formats is None or made in formats:
            taken[name] = value
        else:
            having = ", ".join(sorted(formats))
            result.not_sent.append(NotSent(name, str(value), f"{made} has no such thing; these have: {having}"))
    if taken:
        result.fields["options"] = taken


_FITTERS: Mapping[str, Callable[[_Fit, str], None]] = {
    "size": _fit_size,
    "quality": _fit_quality,
    "seed": _fit_seed,
    "negative_prompt": _fit_negative,
    "format": _fit_format,
    "background": _fit_background,
}
