"""Settings: read once at start from the environment, nested, with safe defaults. Nothing reads them at import."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SAMPLE_SECRETS = frozenset({"change-me", "changeme", "secret", "sample", "example", "password"})
MASTER_KEY_BYTES = 32
"""Of a Fernet key, which is written in URL-safe base 64."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(Section):
    host: str = Field(default="127.0.0.1", description="Address to listen on. 0.0.0.0 listens on every interface.")
    port: int = Field(default=5000, ge=0, le=65535, description="Port to listen on. 0 takes a free one.")
    grace_seconds: float = Field(
        default=60.0, ge=0, description="How long a stop waits for pictures that are being made."
    )
    max_body_bytes: int = Field(default=64_000_000, ge=1, description="Largest upload that is accepted.")
    body_silence_seconds: float = Field(
        default=30.0, gt=0, description="Longest silence in the middle of a request body."
    )
    max_json_bytes: int = Field(
        default=8_000_000, ge=1, description="Largest request body that is no upload, and so is held in memory."
    )

    public_url: str | None = Field(
        default=None,
        description="Address at which people reach this server, such as https://images.example.com, where the "
        "`Host` of their requests is not it. With https, cookies go over https alone.",
    )
    requests_per_minute: int = Field(
        default=6_000, ge=1, description="Requests of one user per minute; commands on this machine are not counted."
    )

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
            raise ValueError("must be like https://images.example.com")
        return None if url is None else url.rstrip("/")


class DatabaseSettings(Section):
    url: str | None = Field(
        default=None,
        description="postgresql://user:password@host/name, or nothing for SQLite in the data directory.",
    )
    pool_size: int = Field(default=10, ge=1, description="Connections that are kept open.")

    @field_validator("url")
    @classmethod
    def _is_supported(cls, url: str | None) -> str | None:
        if url is not None and url.partition(":")[0].partition("+")[0] not in ("sqlite", "postgresql"):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        return url


class SecretSettings(Section):
    master_key: SecretStr | None = Field(
        default=None,
        description="Fernet key that encrypts provider keys. Without it one is made in the data directory. "
        "Several, separated by commas, decrypt; the first encrypts.",
    )

    @field_validator("master_key")
    @classmethod
    def _is_fernet_key(cls, key: SecretStr | None) -> SecretStr | None:
        parts = [] if key is None else key.get_secret_value().split(",")
        if any(part.strip().lower() in SAMPLE_SECRETS for part in parts):
            raise ValueError("is a sample, and everybody knows it")
        if not all(_is_master_key(part.strip()) for part in parts):
            raise ValueError("is no Fernet key: 32 random bytes in URL-safe base 64, of 44 characters")
        return key


def _is_master_key(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text.encode())) == MASTER_KEY_BYTES
    except ValueError:
        return False


class EngineSettings(Section):
    executor_id: str | None = Field(
        default=None, description="Name of this process among the workers. Without it one is made up."
    )
    poll_seconds: float = Field(default=1.0, ge=0.05, description="How often queues and idle lanes are looked at.")
    retention_days: int = Field(default=7, ge=1, description="How long rows of finished jobs are kept.")


class GenerationSettings(Section):
    attempts_per_item: int = Field(default=3, ge=1, description="Tries of one item that count.")
    backoff_seconds: float = Field(default=2.0, gt=0, description="First pause before another try; doubles, jittered.")
    backoff_cap_seconds: float = Field(default=120.0, gt=0, description="Longest pause between tries.")
    retry_after_cap_seconds: float = Field(default=3600.0, gt=0, description="Longest Retry-After that is honoured.")
    breaker_failures: int = Field(default=5, ge=1, description="Failures in a row that open a lane's breaker.")
    breaker_window_seconds: float = Field(default=60.0, gt=0, description="Time within which they must fall.")
    breaker_open_seconds: float = Field(default=30.0, gt=0, description="How long an open breaker waits for a probe.")
    failure_budget_percent: int = Field(default=50, ge=1, le=100, description="Failed share of a batch that pauses it.")
    lane_stale_seconds: float = Field(default=30.0, gt=0, description="Silence after which a lane is taken over.")
    call_seconds: float = Field(
        default=600.0,
        gt=0,
        description="Longest life of one paid call, where the provider does not state a shorter one.",
    )
    job_seconds: float = Field(
        default=1800.0,
        gt=0,
        description="Longest life of one submitted job; then it is cancelled and has failed.",
    )
    claim_page: int = Field(default=64, ge=1, le=1000, description="Most items that a lane claims at once.")


class PictureSettings(Section):
    max_pixels: int = Field(default=64_000_000, ge=1, description="Largest picture that is accepted.")
    max_bytes: int = Field(default=100_000_000, ge=1, description="Largest picture file that is accepted.")
    workers: int = Field(default=2, ge=1, description="Processes that decode and draw pictures and unfold workbooks.")
    worker_idle_seconds: float = Field(default=60.0, gt=0, description="Idle time after which they leave.")
    worker_memory_bytes: int = Field(
        default=1_500_000_000,
        ge=256_000_000,
        description="Most memory that one of them may take. A picture needs up to 16 bytes a pixel and 200 MB: "
        "whoever raises max_pixels raises this too.",
    )
    decode_seconds: float = Field(default=60.0, gt=0, description="Longest time for one picture in a process.")
    decode_cpu_seconds: float = Field(
        default=30.0, gt=0, description="The same, of the processor: the largest picture that is allowed needs three."
    )


class TrashSettings(Section):
    retention_days: int = Field(
        default=30, ge=0, le=36_500, description="Days after which the trash lets go of a picture for good; 0 is never."
    )


class PriceSettings(Section):
    stale_days: int = Field(
        default=90, ge=1, description="Days without a look at its source after which a price is called stale."
    )


class GatewaySettings(Section):
    aliases: dict[str, str] = Field(
        default_factory=dict,
        description="Further names of models at /v1, as JSON: "
        '`{"dall-e-3": "openai/gpt-image-2", "house-style": "replicate/stability-ai/sdxl"}`.',
    )
    default_model: str | None = Field(default=None, description="Model of requests at /v1 that name none.")
    answer_seconds: float = Field(
        default=300.0, gt=0, description="How long a request at /v1 waits for its pictures; they are made all the same."
    )
    patience_seconds: float = Field(
        default=20.0,
        ge=0,
        description="How long a provider may ask a request at /v1 to wait; beyond that it is turned away, unpaid.",
    )
    link_seconds: int = Field(default=3600, ge=60, description="How long the signed URLs of pictures work, at least.")


class PeopleSettings(Section):
    registration: Literal["invitation", "open"] = Field(
        default="invitation", description="Who may register: those who were invited, or everybody with an address."
    )
    session_seconds: int = Field(
        default=86_400, ge=60, description="How long a session lives after its device was last seen signed in."
    )
    session_days: int = Field(default=30, ge=1, description="Days after which one signs in again, however busy one is.")
    password_score: int = Field(
        default=3, ge=0, le=4, description="Least strength of a new password, as zxcvbn tells it: 0 is none, 4 is most."
    )
    password_memory_kib: int = Field(
        default=19_456, ge=8, description="Memory that hashing a password takes (argon2id)."
    )
    password_passes: int = Field(default=2, ge=1, description="How often it goes through that memory.")
    sign_in_tries: int = Field(
        default=10,
        ge=1,
        description="Wrong passwords for one address within lockout_seconds, after which it is locked.",
    )
    lockout_seconds: int = Field(default=900, ge=1, description="How long it is locked, counted from the first one.")
    asks_per_minute: int = Field(
        default=30, ge=1, description="Requests of one network address to sign in, register or reset, per minute."
    )
    letters_per_hour: int = Field(default=5, ge=1, description="Letters that one mail address is sent per hour.")
    invitation_days: int = Field(default=7, ge=1, description="Days that an invitation can be taken.")
    link_seconds: int = Field(default=3600, ge=60, description="How long a link works that was sent by mail.")


class MailSettings(Section):
    host: str | None = Field(
        default=None, description="SMTP server. Without it letters are not sent; in `dev` the log shows them."
    )
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted. `none` is for a server on this machine."
    )
    username: str | None = Field(default=None, description="Name to sign in with there.")
    password: SecretStr | None = Field(default=None, description="Password to sign in with there.")
    sender: str = Field(default="imageloom@localhost", description="Address that letters come from.")
    timeout_seconds: float = Field(default=30.0, gt=0, description="Longest wait for the SMTP server.")


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least severe line shown.")
    format: Literal["console", "json"] = Field(default="console", description="For people or for machines.")


class PlanSettings(Section):
    max_items: int = Field(default=2_000_000, ge=1, description="Most items in one batch.")
    inline_items: int = Field(default=10_000, ge=1, description="Items that are written with the batch itself.")
    page_items: int = Field(default=2_000, ge=1, description="Items per page when a large batch is written.")


class WildcardSettings(Section):
    folder: Path | None = Field(
        default=None, description="Where wildcard files are. Without it, `wildcards` in the data directory."
    )


def make_data_dir(folder: Path) -> None:
    """For this user alone: in it lie what people wrote, hashes of passwords, and a log that in development shows
    letters. One that is there keeps the mode that somebody gave it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


class Settings(BaseSettings):
    """All settings. Each is an environment variable: ``IMAGELOOM_`` and the names joined by ``__``."""

    model_config = SettingsConfigDict(
        env_prefix="IMAGELOOM_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        # What is wrong may be a secret.
        hide_input_in_errors=True,
    )

    environment: Literal["dev", "test", "prod"] = Field(default="dev", description="What kind of place this is.")
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("imageloom", appauthor=False),
        description="Where everything is kept. `python run.py` uses `data` in the checkout.",
    )
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    secrets: SecretSettings = SecretSettings()
    engine: EngineSettings = EngineSettings()
    generation: GenerationSettings = GenerationSettings()
    pictures: PictureSettings = PictureSettings()
    plans: PlanSettings = PlanSettings()
    trash: TrashSettings = TrashSettings()
    prices: PriceSettings = PriceSettings()
    gateway: GatewaySettings = GatewaySettings()
    people: PeopleSettings = PeopleSettings()
    mail: MailSettings = MailSettings()
    wildcards: WildcardSettings = WildcardSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _refuse_sample_secrets(self) -> Self:
        if self.environment != "prod":
            return self
        url = self.database.url
        if url is not None and any(f":{sample}@" in url for sample in SAMPLE_SECRETS):
            raise ValueError("IMAGELOOM_DATABASE__URL holds a sample password, which production refuses")
        return self

    @model_validator(mode="after")
    def _letters_lead_somewhere(self) -> Self:
        if self.mail.host is not None and self.server.public_url is None:
            raise ValueError("IMAGELOOM_MAIL__HOST needs IMAGELOOM_SERVER__PUBLIC_URL, to which links in letters lead")
        return self

    @property
    def letters_base(self) -> str:
        """Where links in letters lead. Never what a request says its host is: that is the sender's to choose."""
        return self.server.public_url or f"http://127.0.0.1:{self.server.port}"

    @property
    def backup_folder(self) -> Path:
        """Where backups go that are given no name."""
        return self.data_dir / "backups"

    @property
    def prices_folder(self) -> Path:
        """Where price files of this installation lie, which beat those that ship with the program."""
        return self.data_dir / "prices"

    @property
    def wildcard_folder(self) -> Path:
        """Where the wildcard files of the installation are."""
        return self.wildcards.folder or self.data_dir / "wildcards"

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL without a driver; SQLite in the data directory when none is set."""
        if self.database.url is not None:
            return self.database.url
        return f"sqlite:///{self.data_dir.absolute() / 'imageloom.db'}"
