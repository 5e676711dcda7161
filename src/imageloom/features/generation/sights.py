"""What one process sees of everybody's lanes: who has fallen silent, and whose turn it is to take a free one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

GAP_SECONDS = 5.0


@dataclass
class Sights:
    """Silence is counted on our own clock, and only while we ourselves can see: clocks of other machines may differ,
    and after an outage of the database everybody was silent.

    A free lane is taken at once by whoever has less than its share of them, and by anybody when nobody did.
    """

    stale_seconds: float
    patience_seconds: float
    _looked_at: float = float("-inf")
    _beats: dict[str, tuple[Any, float]] = field(default_factory=dict)
    _free_since: dict[str, float] = field(default_factory=dict)

    def look(self, lanes: Sequence[Any], now: float) -> None:
        """Takes in the rows of the lanes as they are now."""
        if now - self._looked_at > max(GAP_SECONDS, self.stale_seconds / 2):
            self._beats.clear()
        self._looked_at = now
        beats = {lane.id: (lane.epoch, lane.heartbeat_at) for lane in lanes}
        for lane_id, beat in beats.items():
            if self._beats.get(lane_id, (None, now))[0] != beat:
                self._beats[lane_id] = (beat, now)
        for lane_id in self._beats.keys() - beats.keys():
            del self._beats[lane_id]

    def is_silent(self, lane_id: str) -> bool:
        """Whether the lane's driver has shown no sign of life for longer than its patience."""
        return self._looked_at - self._beats[lane_id][1] >= self.stale_seconds

    def free(self, lane_ids: Sequence[str]) -> None:
        """Says which lanes nobody drives at this look."""
        self._free_since = {lane_id: self._free_since.get(lane_id, self._looked_at) for lane_id in lane_ids}

    def has_waited(self, lane_id: str) -> bool:
        """Whether the others had their time to take this free lane."""
        return self._looked_at - self._free_since[lane_id] >= self.patience_seconds


def share(lanes: int, processes: int) -> int:
    """How many lanes one process takes before the others had their turn."""
    return ceil(lanes / max(1, processes))
