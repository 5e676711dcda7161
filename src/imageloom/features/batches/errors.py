"""What can stop a batch before it costs anything."""

from __future__ import annotations

from imageloom.kit.errors import Conflict, InvalidInput


class KeyReused(Conflict):
    """The same idempotency key came with another body."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request."


class UnknownModel(InvalidInput):
    code = "unknown_model"
    title = "There is no such model."


class NothingToMake(InvalidInput):
    code = "nothing_to_make"
    title = "The plan makes no picture."


class PlanTooLarge(InvalidInput):
    code = "plan_too_large"
    title = "The plan makes more pictures than one batch may."


class MissingColumn(InvalidInput):
    code = "missing_column"
    title = "The template names a column that the sheet lacks."
