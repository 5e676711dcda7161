"""Routers of the product's routes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter


class Router(APIRouter):
    """Its operations are called by the functions that answer them."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(generate_unique_id_function=lambda route: route.name, **arguments)
