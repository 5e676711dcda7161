"""What Imageloom is measured against: the least code that does the same, and what people write today."""
