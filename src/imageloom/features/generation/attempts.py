"""What an attempt comes to, whoever carried it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from imageloom.contracts.provider import BlobRef, Fault, ImageRequest, Operation, Outcome
from imageloom.features.generation.changes import Claimed, StoredPicture
from imageloom.features.generation.requests import PARTIALS


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The end of one attempt. Money: ``settled_micros`` when known; ``billed`` is what the provider says of it."""

    outcome: Outcome
    code: str | None = None
    message: str | None = None
    billed: bool | None = None
    retry_after_seconds: float | None = None
    settled_micros: int | None = None
    usage: Mapping[str, Any] | None = None
    sent: Mapping[str, Any] | None = None
    provider_ref: str | None = None
    pictures: tuple[StoredPicture, ...] = ()

    @classmethod
    def of_fault(cls, fault: Fault, *, sent: Mapping[str, Any] | None = None, ref: str | None = None) -> Ended:
        return cls(
            outcome=fault.outcome,
            code=fault.code,
            message=fault.message,
            billed=fault.billed,
            retry_after_seconds=fault.retry_after_seconds,
            sent=sent,
            provider_ref=ref,
        )


class AttemptRunner(Protocol):
    """Carries out attempts of one lane. Returns for every outcome; raises only when the lane is lost or cancelled."""

    async def run(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended: ...

    def is_paying(self, attempt_id: str) -> bool:
        """Whether what the attempt has paid for is known to nobody but us, until its end is written."""
        ...

    def forget(self, item: Claimed) -> None:
        """Clears what lies on disk for the attempt, once its end is in the ledger."""
        ...


def request_of(item: Claimed, *, references: tuple[BlobRef, ...] = (), mask: BlobRef | None = None) -> ImageRequest:
    """The request that was planned for the item."""
    fields = item.fields
    return ImageRequest(
        model=item.model,
        prompt=fields.get("prompt", item.prompt),
        tag=item.attempt_id,
        operation=Operation(fields.get("operation", Operation.text_to_image.value)),
        width=fields.get("width"),
        height=fields.get("height"),
        quality=fields.get("quality"),
        seed=fields.get("seed"),
        negative_prompt=fields.get("negative_prompt"),
        format=fields.get("format"),
        background=fields.get("background"),
        options=fields.get("options", {}),
        references=references,
        mask=mask,
        partial_pictures=fields.get(PARTIALS, 0),
    )
