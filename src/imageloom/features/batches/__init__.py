"""Batches: what a person submits, planned as a product of zipped axes and written as items."""
