"""The database: engines for both dialects, column types, the declarative base and the outbox."""
