"""The way around the wrappers: each looks at the start of an answer alone, and a stream passes them at each message."""

STRAIGHT_SEND = "imageloom.straight_send"
"""The extension of an ASGI scope that holds the server's own ``send``, for the body of an answer that has begun."""
