"""The job engine: durable work, in this process or another. The only package that knows which library does it."""
