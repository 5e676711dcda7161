"""Budgets: caps on what may be spent, and what is held of them while pictures are being made."""
