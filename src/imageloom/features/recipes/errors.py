"""What can stop a recipe from being saved or run."""

from __future__ import annotations

from imageloom.kit.errors import Conflict, InvalidInput


class NoRequest(Conflict):
    code = "no_request"
    title = "The batch was not submitted as a plan."
    way_out = "Save the recipe from a plan of its own."


class ChangeBad(InvalidInput):
    code = "change_bad"
    title = "The change does not fit the recipe."
