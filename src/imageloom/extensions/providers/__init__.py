"""One public module per provider; each holds a PROVIDER. Modules with a leading underscore are shared pieces."""
