"""Picture files as bytes: whether they are whole, and the words inside them. Nothing here decodes a pixel."""
