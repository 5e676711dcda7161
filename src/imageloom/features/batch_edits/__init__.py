"""Edits of what a batch has not begun: previewed, applied in one transaction, and undone."""
