"""What can stop a wildcard file from being kept."""

from __future__ import annotations

from imageloom.kit.errors import Conflict


class FileTaken(Conflict):
    code = "wildcard_file_taken"
    title = "The project has a wildcard file of that name."
    way_out = "Change that one, or choose another name."


class FileChanged(Conflict):
    code = "wildcard_file_changed"
    title = "Somebody has changed the file meanwhile."
    way_out = "Read it again, and make your change in what it holds now."


class TooManyFiles(Conflict):
    code = "too_many_wildcard_files"
    title = "The project keeps as many wildcards as it may."
    way_out = "Remove some, or put large ones into the installation's folder."
