"""Money as integer micro-units with a currency. An unknown amount is ``None``, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: ``micros`` is millionths of one unit of ``currency`` (ISO 4217)."""

    micros: int
    currency: str = "USD"

    @classmethod
    def of(cls, amount: Decimal | str, currency: str = "USD") -> Money:
        """From a decimal amount in whole units; rounds half-even to the micro."""
        micros = (Decimal(amount) * MICROS).to_integral_value(rounding=ROUND_HALF_EVEN)
        return cls(int(micros), currency)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.micros) / MICROS

    def times(self, count: int) -> Money:
        return Money(self.micros * count, self.currency)

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.micros + other.micros, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:.4f} {self.currency}"
