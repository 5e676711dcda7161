"""Wildcards that a project keeps: files of values, named in its prompts."""
