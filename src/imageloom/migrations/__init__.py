"""Migrations of our own tables, and what runs them."""
