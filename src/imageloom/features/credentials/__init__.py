"""Provider keys: encrypted rows, and keys lent by the environment."""
