"""What stops a judgement or a board."""

from __future__ import annotations

from imageloom.kit.errors import Conflict


class BoardExists(Conflict):
    code = "board_exists"
    title = "The project has a board of this name."
    way_out = "Choose another name."


class BoardFull(Conflict):
    code = "board_full"
    title = "A board holds only so many pictures."
    way_out = "Remove some, or make another board."


class BoardChanged(Conflict):
    """The revision that was named is not the board's any more; nothing was done."""

    code = "board_changed"
    title = "Somebody has changed the board meanwhile."
    way_out = "Read it again, and ask once more if you still want to."


class NotInTrash(Conflict):
    """What is deleted for good lies in the trash first; nothing was deleted."""

    code = "not_in_trash"
    title = "The picture does not lie in the trash."
    way_out = "Put it there first, or leave it out."
