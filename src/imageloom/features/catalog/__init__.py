"""The catalogue: models, their prices, and fitting wishes to what a model can do."""
