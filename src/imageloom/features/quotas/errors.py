"""What can stop a request about quotas, and a request that a quota stops."""

from __future__ import annotations

from imageloom.kit.errors import Forbidden


class QuotaUsedUp(Forbidden):
    """No new period of it begins by itself, so that waiting would not help."""

    code = "quota_used_up"
    title = "A quota does not allow that."
    way_out = "An owner of the team raises what a person may have, an operator what a team may: imageloom users quota."
