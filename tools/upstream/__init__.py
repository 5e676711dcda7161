"""Fake providers: real HTTP servers that make pictures of noise, misbehave on demand, and count every paid call."""
