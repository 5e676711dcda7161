"""Health, doctor, backup and restore."""
