"""Quotas: how many pictures, calls and bytes a team, or one of its people, may have."""
