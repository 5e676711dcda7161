"""Generators: one place writes what is committed and generated."""
