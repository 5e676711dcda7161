"""Pixels: decoding and drawing in processes of their own, never in the event loop."""
