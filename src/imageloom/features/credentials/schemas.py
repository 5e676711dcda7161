"""Wire shapes of provider keys. A key goes in and never comes out."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field, SecretStr

from imageloom.runtime.http.inputs import Id, Input

LIMIT_MAX = 1_000_000_000


class LimitsInput(Input):
    concurrency: int | None = Field(default=None, ge=1, le=1000)
    requests_per_minute: int | None = Field(default=None, ge=1, le=LIMIT_MAX)
    images_per_minute: int | None = Field(default=None, ge=1, le=LIMIT_MAX)
    requests_per_day: int | None = Field(default=None, ge=1, le=LIMIT_MAX)


class KeyCreate(Input):
    provider: Id = Field(description="The provider's id, such as openai.")
    label: str = Field(default="", max_length=200)
    key: SecretStr | None = Field(
        default=None, max_length=10_000, description="The key itself. Some servers need none."
    )
    base_url: str | None = Field(default=None, max_length=2000, description="Another server with the same API.")
    limits: LimitsInput = LimitsInput()
    team_id: Id | None = None


class KeyUpdate(Input):
    """What is absent stays. A key that goes to another address must be given anew: none is sent where its owner did
    not send it.
    """

    label: str | None = Field(default=None, max_length=200)
    key: SecretStr | None = Field(
        default=None, max_length=10_000, description="Another key, in place of the one that is kept."
    )
    base_url: str | None = Field(
        default=None, max_length=2000, description="Another server with the same API; null is the provider's own."
    )
    limits: LimitsInput | None = Field(default=None, description="All of them: what is not named has no limit here.")


class KeyRead(BaseModel):
    id: str
    provider: str
    label: str
    hint: str
    base_url: str | None
    source: str
    limits: dict[str, int | str | None]
    created_at: datetime | None
    checked_at: datetime | None
    trouble: str | None


class KeyChecked(BaseModel):
    works: bool
    message: str


class RotatedRead(BaseModel):
    secrets: int
