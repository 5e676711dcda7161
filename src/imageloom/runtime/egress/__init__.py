"""Every request to another machine leaves through here: bounded, guarded, counted, and never repeated by itself."""

from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint, Secret
from imageloom.runtime.egress.errors import Blocked, NoAnswer, NoAnswerReason, NotStored, redact

__all__ = [
    "Blocked",
    "Egress",
    "EgressSettings",
    "Endpoint",
    "NoAnswer",
    "NoAnswerReason",
    "NotStored",
    "Secret",
    "redact",
]
