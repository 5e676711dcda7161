"""Schedules: a recipe that is run again and again, by a cron line on somebody's wall."""
