"""What can stop an edit before anything is changed."""

from __future__ import annotations

from imageloom.kit.errors import Conflict, InvalidInput, Problem


class StalePreview(Problem):
    """The batch is no longer as it was when the edit was previewed."""

    status = 412
    code = "stale_preview"
    title = "The preview is out of date."
    way_out = "Preview again, and apply with the new ETag."


class NothingToEdit(Conflict):
    code = "nothing_to_edit"
    title = "The edit changes nothing that waits."


class NotWritten(Conflict):
    code = "not_written"
    title = "The items of the batch are still being written."
    way_out = "Edit it when `expanding` is false."


class NothingToUndo(Conflict):
    code = "nothing_to_undo"
    title = "Nothing of this edit can be undone."


class EditTooLarge(InvalidInput):
    code = "edit_too_large"
    title = "The edit changes more items than one edit may."


class PatternBad(InvalidInput):
    code = "pattern_bad"
    title = "What is searched for cannot be used."
