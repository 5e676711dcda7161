"""The command line. User commands talk HTTP to the server that holds the data directory."""
