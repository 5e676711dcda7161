"""What can stop a request about budgets."""

from __future__ import annotations

from imageloom.kit.errors import Conflict


class CapChanged(Conflict):
    """Somebody else has changed the cap since it was read."""

    code = "cap_changed"
    title = "The cap is not as it was when you read it."
