"""The product, a folder per noun, in tiers."""
