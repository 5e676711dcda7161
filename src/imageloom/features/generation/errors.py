"""What can stop a request about runs, items and lanes."""

from __future__ import annotations

from imageloom.kit.errors import Conflict, InvalidInput


class RunNotActive(Conflict):
    code = "run_not_active"
    title = "The batch is over."


class NothingToRetry(Conflict):
    code = "nothing_to_retry"
    title = "No item of the batch is in a state that can be tried again."


class NotUncertain(Conflict):
    code = "not_uncertain"
    title = "The outcome of this item is known."


class NoCredential(InvalidInput):
    code = "no_credential"
    title = "There is no key for this provider."


class BillUnreadable(InvalidInput):
    code = "bill_unreadable"
    title = "The bill cannot be read."
    way_out = "A CSV in UTF-8, with the names of the columns in the first row."
