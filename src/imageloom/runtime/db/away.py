"""What a database says when it cannot serve now and may a moment later."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

MAY_BE_AWAY = (DBAPIError, PoolTimeout)
"""What to catch; :func:`is_away` then tells it from a mistake of ours."""


def is_away(error: BaseException) -> bool:
    """Away, locked, full, out of connections, or in a conflict that the next try does not meet.

    Deadlocks and serialization failures are operational errors. Internal ones are a transaction that the server ended
    because we kept it waiting, or a server that can only be read while another takes its place.
    """
    if isinstance(error, (OperationalError, InterfaceError, InternalError, PoolTimeout)):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
