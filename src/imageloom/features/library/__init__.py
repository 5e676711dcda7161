"""Stored pictures: assets, blobs, previews and export."""
