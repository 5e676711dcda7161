"""What a provider is: facts as data, and pure functions from a request to a call and from a reply to an outcome.

An adapter never opens a socket, never sleeps, never reads a clock, the environment or a database. ``generation``
drives it: it sends each :class:`HttpCall` through the egress and hands the :class:`Reply` back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

PromptWeights = Literal["none", "a1111", "compel"]
"""How a model writes that a word counts more: not at all, ``(word:1.3)`` or ``(word)1.3``."""

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"


class Outcome(StrEnum):
    """How one attempt ended. The set is closed: code, tables, API and page know no other word."""

    succeeded = "succeeded"
    rate_limited = "rate_limited"
    unavailable = "unavailable"
    quota_exhausted = "quota_exhausted"
    refused = "refused"
    invalid = "invalid"
    unauthorized = "unauthorized"
    uncertain = "uncertain"
    cancelled = "cancelled"
    failed = "failed"


class Operation(StrEnum):
    """What a model can be asked to do."""

    text_to_image = "text_to_image"
    edit = "edit"


# --- facts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class HeaderKey:
    """A key sent in a header. ``template`` holds ``{key}``; ``environment`` names the variable that may hold it."""

    header: str = "Authorization"
    template: str = "Bearer {key}"
    environment: str | None = None


@dataclass(frozen=True, kw_only=True)
class NoKey:
    """The provider asks for no key."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Default limits of one credential at this provider; ``None`` means not stated. An installation may lower them."""

    concurrency: int = 8
    requests_per_minute: int | None = None
    images_per_minute: int | None = None
    requests_per_day: int | None = None
    day_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Which width x height a model makes.

    With ``choices`` only those (as ``"1024x1024"``); otherwise any size that keeps the rules. ``default`` is used
    when the person states none.
    """

    default: str
    choices: tuple[str, ...] = ()
    multiple_of: int = 1
    min_side: int = 1
    max_side: int = 16_384
    max_pixels: int | None = None
    min_pixels: int | None = None
    max_ratio: float | None = None


@dataclass(frozen=True, kw_only=True)
class WholeNumbers:
    """The values of an option that is a number, both ends among them; ``formats`` are those that have such a thing."""

    least: int
    most: int
    formats: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Model:
    """One thing a provider serves, with every capability as a fact.

    ``seed`` says what a seed does: nothing (``none``), something (``best_effort``) or everything (``deterministic``).
    A field the model does not know is never sent; the item lists it under "not sent".
    ``expected_seconds`` is a first guess for the estimate of the time left.
    """

    id: str
    title: str
    sizes: Sizes
    operations: frozenset[Operation] = frozenset({Operation.text_to_image})
    qualities: tuple[str, ...] = ()
    default_quality: str | None = None
    seed: Literal["none", "best_effort", "deterministic"] = "none"
    seed_max: int = 2**32 - 1
    negative_prompt: bool = False
    prompt_weights: PromptWeights = "none"
    formats: tuple[str, ...] = ("png",)
    backgrounds: tuple[str, ...] = ()
    max_prompt_characters: int | None = None
    max_references: int = 0
    partial_pictures: int = 0
    """How many unfinished pictures it shows, at most, before a whole one."""
    partial_tokens: int = 0
    """How many tokens of output each of those costs."""
    masks: bool = False
    """Whether an edit can be kept to the transparent part of a mask."""
    options: Mapping[str, tuple[str, ...] | WholeNumbers] = field(default_factory=dict)
    """Further named parameters and the values each allows, e.g. ``{"moderation": ("auto", "low")}``."""
    deprecated_on: date | None = None
    shutdown_on: date | None = None
    replacement: str | None = None
    note: str = ""
    """The model card in a sentence: what it is, and what it is not."""
    expected_seconds: float = 15.0


# --- requests and calls ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BlobRef:
    """Bytes at rest in a file: what egress decoded, or a reference picture to upload."""

    path: Path
    size_bytes: int
    media_type: str | None = None
    blake3: str | None = None
    filename: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """One picture to make, already fitted to the model: every field set here is one the model knows.

    ``tag`` is our name for the attempt; an adapter puts it where the provider can later be searched for it.
    """

    model: str
    prompt: str
    tag: str
    operation: Operation = Operation.text_to_image
    width: int | None = None
    height: int | None = None
    quality: str | None = None
    seed: int | None = None
    negative_prompt: str | None = None
    format: str | None = None
    background: str | None = None
    references: tuple[BlobRef, ...] = ()
    mask: BlobRef | None = None
    partial_pictures: int = 0
    options: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class JsonBody:
    value: Json


@dataclass(frozen=True, kw_only=True)
class MultipartBody:
    """Form fields and files in order; a file is sent from its path, never read whole into memory."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, BlobRef], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExpectJson:
    """A small JSON document."""

    max_bytes: int = 4_000_000


@dataclass(frozen=True, kw_only=True)
class ExpectJsonBlobs:
    """JSON with large base64 strings. Every string value of a member named in ``keys`` is decoded into a file as it
    arrives; the reply's ``body`` holds a :class:`BlobRef` in its place.
    """

    keys: frozenset[str]
    max_bytes: int = 200_000_000


@dataclass(frozen=True, kw_only=True)
class ExpectEvents:
    """Server-sent events, each of which is JSON with large base64 strings as in :class:`ExpectJsonBlobs`.

    Those whose member ``type`` is one of ``partial`` hold an unfinished picture: it is shown as it comes, and is no
    part of the answer. The reply's ``body`` is the last of the others. One JSON document instead is read as such.
    """

    keys: frozenset[str]
    partial: frozenset[str]
    max_bytes: int = 400_000_000


@dataclass(frozen=True, kw_only=True)
class ExpectBytes:
    """A file. The reply's ``blob`` holds it."""

    max_bytes: int = 100_000_000


Expect: TypeAlias = ExpectJson | ExpectJsonBlobs | ExpectEvents | ExpectBytes


@dataclass(frozen=True, kw_only=True)
class HttpCall:
    """One HTTP request, without the credential.

    ``url`` is relative to the credential's base URL, and only then is the credential sent. An absolute URL is
    followed without it, and only to a public address or a host in the provider's ``hosts``.
    ``total_seconds`` bounds the whole call from connect to last byte.
    """

    method: Literal["GET", "POST", "DELETE"]
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: JsonBody | MultipartBody | None = None
    expect: Expect = ExpectJson()
    total_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back. ``headers`` have lower-case names.

    ``body`` is the parsed JSON (with :class:`BlobRef` objects where blobs were expected) or ``None`` when the answer
    was not JSON; then ``text`` holds its first 2,000 characters. ``blob`` is set when bytes were expected and sent.
    """

    status: int
    headers: Mapping[str, str]
    body: Any = None
    text: str = ""
    blob: BlobRef | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


# --- outcomes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RemotePicture:
    """A picture that waits at a URL; ``url`` may be signed and short-lived, so it is fetched at once."""

    url: str
    max_bytes: int = 100_000_000


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the provider says was used. ``cost_micros`` only if the reply itself states money.

    ``counts`` are whole numbers of ``token_in_text``, ``token_in_image``, ``token_out_text``, ``token_out_image``,
    ``pixel``, ``millisecond`` or ``microcredit``: what the price book knows a price of.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    cost_micros: int | None = None
    currency: str = "USD"


@dataclass(frozen=True, kw_only=True)
class Done:
    """The provider finished. ``sent_prompt`` is what it says it really used, when it rewrote the prompt."""

    pictures: tuple[BlobRef | RemotePicture, ...]
    usage: Usage | None = None
    revised_prompt: str | None = None
    seed: int | None = None
    provider_ref: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pending:
    """The provider accepted a job. ``handle`` is small JSON, enough to poll from another process or another day."""

    handle: Mapping[str, Json]
    poll_after_seconds: float = 1.0
    progress: float | None = None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The provider answered, and the answer is no.

    ``billed`` is what the provider says of money for this answer: ``None`` when it says nothing.
    ``retry_after_seconds`` is the provider's own word, if it gave one. ``usage`` is what it says was used all the same:
    a refusal of what was made already, or a picture that cannot be read, may cost what a good one does.
    """

    outcome: Outcome
    message: str
    code: str | None = None
    retry_after_seconds: float | None = None
    billed: bool | None = None
    usage: Usage | None = None


@dataclass(frozen=True, kw_only=True)
class More:
    """The list goes on: this call fetches its next page."""

    call: HttpCall


@dataclass(frozen=True)
class NotThere:
    """The provider certainly has no such job."""


# How a lost submit can be found again (reference: which calls can be retried without paying twice).
Findable: TypeAlias = Literal["none", "list", "client_id", "idempotency_key"]


@runtime_checkable
class Provider(Protocol):
    """A provider reached over HTTP.

    ``base_url`` is the default; a credential may state another when ``any_base_url`` is true. ``hosts`` lists extra
    hosts whose URLs may be followed although they are not public addresses of the provider itself.
    ``open_models`` lets a person name a model the catalogue does not list; :meth:`open_model` describes it.
    """

    id: str
    title: str
    base_url: str
    auth: HeaderKey | NoKey
    limits: Limits
    models: tuple[Model, ...]
    hosts: tuple[str, ...]
    any_base_url: bool
    open_models: bool
    findable: Findable

    def open_model(self, model_id: str) -> Model:
        """Facts assumed for a model that the catalogue does not list. Raises ``KeyError`` where not allowed."""
        ...

    def submit(self, request: ImageRequest) -> HttpCall: ...

    def read_submit(self, reply: Reply) -> Done | Pending | Fault: ...

    def poll(self, handle: Mapping[str, Json]) -> HttpCall: ...

    def read_poll(self, reply: Reply, handle: Mapping[str, Json]) -> Done | Pending | Fault: ...

    def cancel(self, handle: Mapping[str, Json]) -> HttpCall | None: ...

    def find_lost(self, request: ImageRequest) -> HttpCall | None:
        """A free call that lists recent jobs, so that a submit whose answer was lost can be found; ``None`` where the
        provider has no such list.
        """
        ...

    def read_find_lost(
        self, reply: Reply, request: ImageRequest, *, since: datetime, taken: frozenset[str]
    ) -> Pending | More | NotThere:
        """The job that was made for this request, not before ``since``, and is not one of the ``taken`` job ids.

        :class:`NotThere` is a certain no: the request never arrived, and sending it again costs nothing twice.
        """
        ...

    def check(self) -> HttpCall | None:
        """A call that proves the credential and costs nothing."""
        ...

    def read_check(self, reply: Reply) -> Fault | None:
        """``None`` when the credential works."""
        ...


# --- local engines -----------------------------------------------------------------------------------------------


class LocalIO(Protocol):
    """What a local engine may touch while it runs: a private folder, and a place to say how far it is."""

    folder: Path

    def progress(self, fraction: float) -> None: ...


@runtime_checkable
class LocalProvider(Protocol):
    """A provider that runs on this machine, in a worker process, without a network.

    :meth:`run` writes a picture file into ``io.folder`` and returns :class:`Done` with its :class:`BlobRef`, or a
    :class:`Fault`. It must be importable and picklable by its module name, hold no state, and be deterministic when
    its model says so.
    """

    id: str
    title: str
    limits: Limits
    models: tuple[Model, ...]

    def run(self, request: ImageRequest, io: LocalIO) -> Done | Fault: ...
