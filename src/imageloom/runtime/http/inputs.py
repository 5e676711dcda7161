"""What a body may hold: only the members that are known, and text that every database and file can keep."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Id = Annotated[str, Field(max_length=100)]
"""An id of ours, or one that is not and will not be found."""
Name = Annotated[str, Field(max_length=200)]
"""What people call things."""


class Input(BaseModel):
    """Every body derives from this."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _refuse_nul(cls, value: Any) -> Any:
        # PostgreSQL keeps no NUL, and what one database refuses the other must not take.
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        texts = shown if isinstance(shown, list) else [shown]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise ValueError("the text holds a NUL character")
        return value
