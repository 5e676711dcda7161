"""What the OpenAPI document says of every route alike: who may call it, and what stands before it may answer."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from imageloom.kit.errors import TooLarge, TooSlow
from imageloom.runtime.http.cookies import SESSION
from imageloom.runtime.http.problems import SCHEMA, SCHEMA_NAME, described

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def describe(app: FastAPI) -> None:
    """Completes the app's own document."""
    build = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = build()
        components = document.setdefault("components", {})
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "A token from `imageloom tokens create`."}
        }
        components["securitySchemes"]["session"] = {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION,
            "description": "A session from `/api/auth/sign-in`.",
        }
        document["security"] = [{"token": []}, {"session": []}]
        schemas = components.setdefault("schemas", {})
        schemas[SCHEMA_NAME] = SCHEMA
        # The framework's shape of a malformed request, which is never sent.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for operations in document["paths"].values():
            for method, operation in operations.items():
                if method not in _METHODS:
                    continue
                _forget_frameworks(operation["responses"])
                if "requestBody" in operation:
                    _tell_of_body(operation["responses"])
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _forget_frameworks(responses: dict[str, Any]) -> None:
    """A route that says another status of malformed requests has the framework's answer beside it."""
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]


def _tell_of_body(responses: dict[str, Any]) -> None:
    for problem in (TooSlow, TooLarge):
        responses.setdefault(str(problem.status), described(problem))
    ordered = dict(sorted(responses.items()))
    responses.clear()
    responses.update(ordered)
