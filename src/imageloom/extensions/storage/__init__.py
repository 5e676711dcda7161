"""One public module per blob store; each holds a STORAGE class."""
