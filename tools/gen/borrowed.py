"""What the server says and does not write itself as a sentence: words that it puts into one, and what libraries say."""

from __future__ import annotations

WORDS = (
    *("batch", "user", "project", "team", "credential", "provider", "key"),
    *("pictures", "calls", "bytes of pictures", "a day", "a week", "a month", "in all"),
    *("seconds", "credits", "tokens"),
    *("an object", "a list", "true or false", "List", "Value", "Dictionary"),
    *("running", "paused", "finished", "cancelled"),
    "or",
)
"""What may stand in a gap that is named for it: ``word``, ``kind``, ``state``. ``or`` stands between what is listed."""

ANSWERS = ("Not Found", "Method Not Allowed", "JSON decode error")
"""Of the framework."""

TITLES = ("OpenAI-compatible server",)
"""Of providers that are no names."""

RULES = (
    "missing",
    "extra_forbidden",
    "string_type",
    "string_too_short",
    "string_too_long",
    "string_pattern_mismatch",
    "int_type",
    "int_parsing",
    "int_parsing_size",
    "int_from_float",
    "float_type",
    "float_parsing",
    "finite_number",
    "bool_type",
    "bool_parsing",
    "list_type",
    "dict_type",
    "too_short",
    "too_long",
    "literal_error",
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "multiple_of",
    "decimal_type",
    "decimal_parsing",
    "decimal_max_digits",
    "decimal_max_places",
    "decimal_whole_digits",
    "json_invalid",
    "none_required",
    "datetime_type",
    "datetime_parsing",
    "datetime_from_date_parsing",
    "timezone_aware",
)
"""Those of pydantic's own rules that an input of the page can break. Their words are asked of pydantic."""

PASSWORDS = (
    "Straight rows of keys are easy to guess.",
    "Short keyboard patterns are easy to guess.",
    'Repeats like "aaa" are easy to guess.',
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".',
    "This is a top-10 common password.",
    "This is a top-100 common password.",
    "This is a very common password.",
    "This is similar to a commonly used password.",
    "Sequences like abc or 6543 are easy to guess.",
    "Recent years are easy to guess.",
    "A word by itself is easy to guess.",
    "Dates are often easy to guess.",
    "Names and surnames by themselves are easy to guess.",
    "Common names and surnames are easy to guess.",
    "Use a few words, avoid common phrases.",
    "No need for symbols, digits, or uppercase letters.",
    "Add another word or two. Uncommon words are better.",
    "Capitalization doesn't help very much.",
    "All-uppercase is almost as easy to guess as all-lowercase.",
    "Reversed words aren't much harder to guess.",
    "Predictable substitutions like '@' instead of 'a' don't help very much.",
    "Use a longer keyboard pattern with more turns.",
    "Avoid repeated words and characters.",
    "Avoid sequences.",
    "Avoid recent years.",
    "Avoid years that are associated with you.",
    "Avoid dates and years that are associated with you.",
)
"""Of zxcvbn, about a password that is too weak: a test asks it for some of them."""
