"""Rules of the house that no general linter knows. Each rule is a function over one parsed file."""
