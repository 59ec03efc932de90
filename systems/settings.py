"""Settings, from the environment or from `.env` in the working directory.

Each flow loads only its own models, so that a name it does not need may be missing. Values never appear in an error,
only names.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, overload

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from leads.contacts import email_key, phone_key
from leads.trial import MARK_LENGTH, plus
from systems.addresses import Address, page
from systems.errors import Misconfigured
from systems.keys import SERVICE, jwt_role, key_problem, public_key_problem, text_problem
from systems.role_token import ROLE

SHORTEST_SECRET = 16
"""Bytes of a secret of our own, which strangers may try as often as they like."""


def _origin(url: str) -> str:
    return str(Address.parse(url))


def _clean(secret: SecretStr) -> SecretStr:
    if problem := text_problem(secret.get_secret_value()):
        raise ValueError(problem)
    return secret


def _long(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < SHORTEST_SECRET:
        raise ValueError(f"has fewer than {SHORTEST_SECRET} bytes")
    return secret


def _mailbox(secret: SecretStr) -> SecretStr:
    if email_key(secret.get_secret_value()) is None:
        raise ValueError("is no e-mail address")
    plus(secret.get_secret_value().strip(), "0" * MARK_LENGTH)
    return secret


def _dialled(secret: SecretStr) -> SecretStr:
    if phone_key(secret.get_secret_value()) is None:
        raise ValueError("is no phone number (write it like +356 7912 3456)")
    return secret


def _no_placeholder(value: object) -> object:
    return None if isinstance(value, str) and "PLACEHOLDER" in value.upper() else value


def _is_role_token(key: SecretStr | None) -> bool:
    return key is not None and jwt_role(key.get_secret_value()) == ROLE


def _bot(token: SecretStr | None) -> SecretStr | None:
    if token is not None and not re.fullmatch(r"\d+:[\w-]{30,}", token.get_secret_value(), re.ASCII):
        raise ValueError("is no bot's token, which looks like 123456789:AAE…")
    return token


def _chat(chat: str | None) -> str | None:
    if chat is not None and not re.fullmatch(r"-?\d+|@\w+", chat, re.ASCII):
        raise ValueError("is no chat's id, which is a number (a group's begins with -) or @name")
    return chat


Url = Annotated[str, AfterValidator(_origin)]
Secret = Annotated[SecretStr, AfterValidator(_clean)]
BotToken = Annotated[SecretStr | None, BeforeValidator(_no_placeholder), AfterValidator(_bot)]
ChatId = Annotated[str | None, BeforeValidator(_no_placeholder), AfterValidator(_chat)]


class Settings(BaseSettings):
    """Base of all models: names are case-insensitive, an empty value counts as missing."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def name_of(cls, field: str) -> str:
        """The environment's name of a field, such as `ZOHO_CLIENT_ID`."""
        return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


class SupabaseSettings(Settings):
    """A Supabase project: its URL without a path, and a key that may read and write everything."""

    roles: ClassVar[frozenset[str]] = SERVICE
    """As which the key may act, if it is a JWT."""

    url: Url
    service_key: SecretStr

    @field_validator("service_key")
    @classmethod
    def _can_write(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        url = info.data.get("url")
        host = Address.parse(url).host if isinstance(url, str) else ""
        if problem := key_problem(key.get_secret_value(), host, cls.roles):
            raise ValueError(problem)
        return key

    def credentials(self) -> tuple[str, str | None]:
        """What a request carries as `apikey`, and the token for `Authorization` if that is another one."""
        return self.service_key.get_secret_value(), None


class PortalSettings(SupabaseSettings):
    """`PORTAL_SUPABASE_URL`, `PORTAL_SUPABASE_SERVICE_KEY`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_SUPABASE_")


class BackofficeSettings(SupabaseSettings):
    """`BACKOFFICE_SUPABASE_URL`, `BACKOFFICE_SUPABASE_SERVICE_KEY`.

    Attributes:
        publishable_key: `BACKOFFICE_SUPABASE_PUBLISHABLE_KEY`: Supabase's gateway lets a token of the role `leadsync`
            through only beside a key that it knows itself.
    """

    model_config = SettingsConfigDict(env_prefix="BACKOFFICE_SUPABASE_")
    roles = SERVICE | {ROLE}

    publishable_key: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("publishable_key")
    @classmethod
    def _is_public(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if key is None and _is_role_token(info.data.get("service_key")):
            raise ValueError(f"is missing, and a token of the role {ROLE} needs it")
        if key is not None and (problem := public_key_problem(key.get_secret_value())):
            raise ValueError(problem)
        return key

    @property
    def is_role_token(self) -> bool:
        """Whether the key is a token of the role `leadsync`, and not the service key."""
        return _is_role_token(self.service_key)

    def credentials(self) -> tuple[str, str | None]:
        """As the base's; beside a role's token the `apikey` is the publishable one."""
        if self.publishable_key is not None and self.is_role_token:
            return self.publishable_key.get_secret_value(), self.service_key.get_secret_value()
        return super().credentials()


class ZohoSettings(Settings):
    """`ZOHO_*`: a client of leadsync's own, its refresh token with READ scopes, and the data centre's hosts."""

    model_config = SettingsConfigDict(env_prefix="ZOHO_")

    client_id: Secret
    client_secret: Secret
    refresh_token: Secret
    accounts_url: Url = "https://accounts.zoho.eu"
    api_domain: Url = "https://www.zohoapis.eu"

    def fingerprint(self) -> str:
        """Sixteen hex digits that change with any of the credentials; nothing can be read back from them."""
        secrets = (self.client_id, self.client_secret, self.refresh_token)
        text = "\n".join([self.accounts_url, *(secret.get_secret_value() for secret in secrets)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class CronSettings(Settings):
    """`CRON_SECRET`, which the cron endpoint asks of its callers: at least 16 bytes that nobody can guess."""

    model_config = SettingsConfigDict(env_prefix="CRON_")

    secret: Annotated[Secret, AfterValidator(_long)]


class VerifySettings(Settings):
    """`VERIFY_*`: where a test lead is made, and who gets what the portal sends it. Only verifying asks for them.

    Attributes:
        lead_api_url: the portal's lead API, such as `https://portal.example/api/leads`.
        email: an address of the operator's own.
        phone: a number of the operator's own.
        seconds: how long the portal may take until the lead is in Zoho.
    """

    model_config = SettingsConfigDict(env_prefix="VERIFY_")

    lead_api_url: Annotated[str, AfterValidator(page)]
    email: Annotated[SecretStr, AfterValidator(_mailbox)]
    phone: Annotated[SecretStr, AfterValidator(_dialled)]
    seconds: float = Field(default=60.0, gt=0, le=600)


class TelegramSettings(Settings):
    """`TELEGRAM_*`: a bot and a chat for each of the company's three tiers; a tier that lacks one is told nothing.

    Attributes:
        bot_token: the bot of the tiers that have none of their own.
        api_url: where Telegram's Bot API is.
    """

    model_config = SettingsConfigDict(env_prefix="TELEGRAM_")

    bot_token: BotToken = None
    admin_bot_token: BotToken = None
    team_bot_token: BotToken = None
    everything_bot_token: BotToken = None
    admin_chat_id: ChatId = None
    team_chat_id: ChatId = None
    everything_chat_id: ChatId = None
    api_url: Url = "https://api.telegram.org"


class WatchSettings(Settings):
    """`LEADSYNC_WATCH_*`: all have a default.

    Attributes:
        stuck_minutes: how long a run may go on before somebody is told.
        daily_hour: the hour, in Malta, from which on the daily line is told.
        crm_url: where people see Zoho's leads.
    """

    model_config = SettingsConfigDict(env_prefix="LEADSYNC_WATCH_")

    stuck_minutes: float = Field(default=60.0, gt=0)
    daily_hour: int = Field(default=8, ge=0, le=23)
    crm_url: Url = "https://crm.zoho.eu"


class Tunables(Settings):
    """`LEADSYNC_*`: all have a default that fits the real systems.

    Attributes:
        request_timeout: seconds for an answer to come.
        connect_timeout: seconds for a connection to stand.
        retry_attempts: calls of one request in all, the first included.
        retry_seconds: seconds after which no further retry begins.
        retry_first_wait: seconds before the first retry; each later wait is 1.6 times as long.
        retry_longest_wait: seconds that a single wait lasts at most, whatever the server asks.
        overlap_minutes: how far a run reads back behind the last watermark.
        batch_size: records in one batch.
        export_above: a read of all leads goes by an export (Bulk Read) where Zoho has more than this.
        export_minutes: how long one part of an export may take.
        keep_journal_days: how long an attempt can be taken back; of these four, 0 keeps for ever.
        keep_contents_days: how long a dead letter keeps the record that it is about.
        keep_snapshots_days: how long it is known what a record said whose lead or source is deleted.
        keep_conflicts_days: how long conflicts that have ended are kept.
        public_url: where people reach `leadsync serve-cron`, for links to the report; None: there are none.
    """

    model_config = SettingsConfigDict(env_prefix="LEADSYNC_")

    request_timeout: float = Field(default=30.0, gt=0)
    connect_timeout: float = Field(default=5.0, gt=0)
    retry_attempts: int = Field(default=12, ge=1)
    retry_seconds: float = Field(default=420.0, gt=0)
    retry_first_wait: float = Field(default=0.2, gt=0)
    retry_longest_wait: float = Field(default=30.0, gt=0)
    overlap_minutes: int = Field(default=15, ge=0)
    batch_size: int = Field(default=1000, ge=200, le=1000)
    export_above: int = Field(default=20_000, ge=0)
    export_minutes: float = Field(default=60, gt=0)
    keep_journal_days: int = Field(default=400, ge=0, le=36_500)
    keep_contents_days: int = Field(default=180, ge=0, le=36_500)
    keep_snapshots_days: int = Field(default=400, ge=0, le=36_500)
    keep_conflicts_days: int = Field(default=400, ge=0, le=36_500)
    public_url: Url | None = None


EVERY: tuple[type[Settings], ...] = (
    *(BackofficeSettings, PortalSettings, ZohoSettings, CronSettings),
    *(VerifySettings, TelegramSettings, Tunables, WatchSettings),
)
"""All models, in the order of .env.example, for whoever goes by the names of settings."""


A = TypeVar("A", bound=Settings)
B = TypeVar("B", bound=Settings)
C = TypeVar("C", bound=Settings)
D = TypeVar("D", bound=Settings)


@overload
def load(first: type[A], /) -> tuple[A]: ...
@overload
def load(first: type[A], second: type[B], /) -> tuple[A, B]: ...
@overload
def load(first: type[A], second: type[B], third: type[C], /) -> tuple[A, B, C]: ...
@overload
def load(first: type[A], second: type[B], third: type[C], fourth: type[D], /) -> tuple[A, B, C, D]: ...
def load(*models: type[Settings]) -> tuple[Any, ...]:
    """Loads several models and reports everything that is wrong with all of them at once.

    Raises:
        Misconfigured: naming each missing or malformed setting, never a value.
    """
    loaded: list[Settings] = []
    problems: list[Problem] = []
    for model in models:
        found = read(model)
        if isinstance(found, list):
            problems += found
        else:
            loaded.append(found)
    if problems:
        raise Misconfigured(
            "Settings",
            "; ".join(map(str, problems)),
            "Set them in the environment or in .env; .env.example lists all names.",
        )
    return tuple(loaded)


MISSING = "is missing"


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used: its name in the environment, and what is wrong with it; never its value."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}"


def read(model: type[A]) -> A | list[Problem]:
    """Loads one model, or says what is wrong with it."""
    try:
        return model()
    except ValidationError as error:
        return [
            Problem(model.name_of(str(detail["loc"][0])), _what(detail)) for detail in error.errors(include_input=False)
        ]


def _what(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return MISSING
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    return f"is malformed ({detail['msg'].lower()})"
