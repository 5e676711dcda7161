"""Price lines, one file per provider. Data: see ``features/catalog/prices.py`` for their members."""
