"""The ways in: HTTP, the command line, the worker; and bootstrap, which wires everything."""
