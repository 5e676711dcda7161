"""Imageloom: turn prompts into thousands of pictures, and account for each one."""

__version__ = "0.1.0"
