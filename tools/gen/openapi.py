"""Writes openapi.json from the routes, or checks that it is fresh."""

from __future__ import annotations

import sys

import orjson

from imageloom.doors.http.app import openapi_document
from tools.gen.writing import write_or_check


def main(words: list[str]) -> int:
    document = openapi_document()
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
    routes = sum(len(methods) for methods in document["paths"].values())
    return write_or_check("openapi.json", text, check="--check" in words, saw=f"{routes} operations")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
