"""Prompt sheets: lines, tables and manifests, read lazily and strictly."""
