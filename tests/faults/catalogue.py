"""The faults that Imageloom is built to survive: what happens, and what must be true afterwards.

A test says which row it is about with ``@pytest.mark.fault(number)``. The page docs/operations/reliability.md is
written from these rows, the tests that name them, and the record of the last long run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    fault: str
    expected: str
    waits_for: str | None = None
    """What does not exist yet, without which the row means nothing."""


INVARIANTS = {
    "A": "every item that was accepted ends in exactly one state; counters and rows agree",
    "B": "every done item has a file whose hash is the one in the database, and which decodes",
    "C": "no row without a file, no file without a row, nothing left half-written",
    "D": "nothing is paid twice unasked: what may have been paid is recorded as uncertain, at most what was in flight",
    "E": "/health answers throughout, or says 503",
    "H": "no key appears in a log, an answer or the database",
}

ROWS = {
    1: Row("kill -9 while calls are on their way", "A-D; at most what was in flight is uncertain; goes on by itself"),
    2: Row("kill -9 while pictures are coming down", "as 1"),
    3: Row("kill -9 between the file and the commit", "the file is adopted; no second call"),
    4: Row("kill -9 between the commit and the event", "what listeners see is right after they come back"),
    5: Row("kill -9 while previews are made", "previews are made again; the picture can be used before"),
    6: Row("kill -9 while 10,000 rows are submitted", "all of the batch or nothing; the same key completes it"),
    7: Row("kill -9, again and again, over one batch", "A-D"),
    8: Row("SIGTERM with calls in flight", "claims stop, calls end within the grace, nothing is paid twice or lost"),
    9: Row("a worker is stopped longer than its lane's patience, then goes on", "its late writes are refused"),
    10: Row("two workers end the same item", "one is written; the other's file is the same file"),
    11: Row("PostgreSQL stops at once (immediate)", "reconnects; nothing that was committed is lost"),
    12: Row("PostgreSQL is away for a minute", "503 with Retry-After; answers are kept and committed afterwards"),
    13: Row("PostgreSQL has no connection left", "waits; nothing crashes"),
    14: Row("deadlock or serialization failure", "tried again"),
    15: Row("SQLite is locked by another process for seconds", "waits; no update is lost"),
    16: Row("the SQLite WAL is torn or gone", "starts; only what was not synced may be missing, and it says so"),
    17: Row("a page of the SQLite file is damaged", "refuses to start, and names the backup to restore"),
    18: Row("the disk of the pictures is full", "paid pictures wait and are stored later; health says so; claims stop"),
    19: Row("the disk of the database is full", "nothing half-written; 503; goes on when there is room"),
    20: Row("no inode is left", "as 18"),
    21: Row("the disk becomes read-only", "as 18"),
    22: Row("EIO at the N-th write or fdatasync", "never done without a durable file"),
    23: Row("a power cut loses what was not synced", "B"),
    24: Row("a power cut loses a rename that was not synced", "B"),
    25: Row("short writes", "a whole file or none"),
    26: Row("a file is deleted or changed behind our back", "found, said on the picture, never served wrong"),
    27: Row("no permission on the pictures' folder", "a clear error; health says so"),
    28: Row("429 with Retry-After, often", "obeyed; few calls are wasted"),
    29: Row("429 without, or with an absurd, Retry-After", "the pause is bounded"),
    30: Row("an outage of one provider", "the breaker opens; other lanes go on; no tries are burned"),
    31: Row("a provider that never answers", "the call ends at its deadline; its slot is free again"),
    32: Row("an answer that drips", "the whole call has a deadline"),
    33: Row("the connection is cut in an answer", "not stored; uncertain, because it may have been paid"),
    34: Row("connections reset, refused, swallowed", "tried again without a herd when it heals"),
    35: Row("200 with HTML, broken JSON, nothing, broken base64", "each in its class; the batch goes on"),
    36: Row("half a picture in valid base64", "found; never done"),
    37: Row("another size than asked", "stored, and noted"),
    38: Row("a refusal by the provider's safety system", "final at once; no second try; the batch goes on"),
    39: Row("the key is revoked in the middle", "the lane parks; items wait; no tries are burned"),
    40: Row("out of credit", "the lane parks; no retries for ever"),
    41: Row("a job is accepted and the answer lost", "found in the provider's list and adopted; no second job"),
    42: Row(
        "a job that never ends, is gone, or whose picture has expired", "ends at its deadline; says that it was paid"
    ),
    43: Row("webhooks twice, out of order, forged", "one effect", waits_for="providers that call back"),
    44: Row("the receiver of our webhooks is down", "backs off; can be replayed", waits_for="outgoing webhooks"),
    45: Row("name resolution fails, or changes", "tried again", waits_for="a resolver that tests can control"),
    46: Row("an expired or foreign certificate", "refused", waits_for="its own row here; tests/unit/egress holds it"),
    47: Row(
        "the clock jumps an hour or a year", "leases and pauses hold; nothing expires at once; ids keep their order"
    ),
    48: Row("little memory", "stays below, or dies and goes on as in 1"),
    49: Row("few file descriptors", "waits; no item is lost"),
    50: Row("a worker process dies on a picture", "it is replaced; that picture has no preview"),
    51: Row("the client goes away in the middle of a request", "what it submitted is whole or not there"),
    52: Row("a migration is killed; last night's backup is restored", "idempotent; restored books and pictures agree"),
}
