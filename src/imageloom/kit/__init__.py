"""Pure helpers: ids, money, clock, text, pagination, errors. No input or output, no settings."""
