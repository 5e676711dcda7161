"""What a server has loaded when it begins to listen; imported in the process that servers are forked from."""

from __future__ import annotations

import gc

import psycopg
import uvicorn.lifespan.on
import uvicorn.protocols.http.auto

import imageloom.doors.cli.main
import imageloom.doors.http.app

__all__ = ["imageloom", "psycopg", "uvicorn"]

# The collector of a forked process would touch every page of what is shared.
gc.freeze()
