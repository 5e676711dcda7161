"""How much one prompt may be, before and after it is resolved."""

from __future__ import annotations

CHARACTERS_MAX = 100_000
"""Of the text, and of the longest that it can come to."""
DEPTH_MAX = 48
"""Braces in braces and wildcards in wildcards together. Each level takes a few frames of the stack."""
PARTS_MAX = 200_000
"""Parts of a prompt and of the wildcards' values with grammar that it uses."""
COUNT_BITS_MAX = 4_096
"""Combinations are counted exactly up to 10 to the power of 1,233."""
PICK_MAX = 100
"""Options that one ``{1-3$$a|b|c}`` takes."""
PICK_WORK_MAX = 50_000
"""Options times how many are taken, where options have choices of their own."""
NUMBERS_MAX = 10_000
"""Numbers in a ``<random:1-5>``."""
