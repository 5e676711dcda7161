"""Recipes: requests that are kept by name, in versions that never change, and run again with changes."""
