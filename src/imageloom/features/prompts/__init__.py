"""The prompt grammar: from a text with choices in it to every text that it can come to. Pure."""
