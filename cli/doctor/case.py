"""What doctor has of an installation: its settings, and what its systems answer. Checks ask, and each is asked once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from cli.doctor.evidence import SECONDS, Evidence
from cli.doctor.finding import Unseen
from cli.doctor.prefect_facts import Access, Plan, Server
from cli.doctor.probes import PROBES
from cli.doctor.timed import Timed, timed
from cli.doctor.zoho_evidence import ZohoEvidence
from leads.incidents import Tier
from leads.lifecycle import words
from leads.sources import Source
from systems.backoffice import SCHEMA_VERSION, Backoffice
from systems.backoffice_answers import Context, Freshness
from systems.diagnosis import Diagnosis
from systems.errors import LeadsyncError, Misconfigured
from systems.portal import Portal
from systems.settings import (
    EVERY,
    BackofficeSettings,
    PortalSettings,
    Problem,
    Settings,
    TelegramSettings,
    Tunables,
    VerifySettings,
    ZohoSettings,
)
from systems.settings import read as read_settings
from systems.supabase_answers import MISSING_FUNCTION
from systems.telegram import Channel, Telegram
from systems.token_cache import CachedTokens
from systems.zoho import Zoho

A = TypeVar("A", bound=Settings)

MODELS = tuple(model for model in EVERY if model is not VerifySettings)
"""What an installation cannot be in order without; a verification says by itself what it lacks."""

OLDER = "its migrations are older than this leadsync"

HASTE = {"retry_attempts": 2, "retry_seconds": 5.0, "connect_timeout": 5.0, "request_timeout": 10.0}
"""A person waits for doctor, and it is asked again soon."""


class Case:
    """An installation under examination; close it, or use it as a context manager.

    Each piece of evidence raises `Unseen` where something that it needs is wrong, which another check reports, and what
    the clients raise.

    Attributes:
        portal_row: a row of the portal's leads, None if it has none.
        portal_statuses: the words that the portal's leads have for a status and our map does not know.
        portal_installation: the id of the leadsync installation that the portal's key sees, None for none.
        installed: what `leadsync_context` says in any version, with our clock; None where it is not there.
        context: the same, where the migrations are as new as this code.
        diagnosis: what `leadsync_diagnosis` says.
        freshness: when each flow last did all of its work.
        zoho: what Zoho says.
        prefect_access: whether a Prefect server answers, and whom it lets in.
        prefect: what it has.
        plan: what it should have.
        telegram: the bot's name for each tier that is told something, or what is wrong with its bot or chat.
    """

    def __init__(self) -> None:
        self._read: dict[type[Settings], Any] = {model: read_settings(model) for model in MODELS}
        tunables = self._read[Tunables]
        self.tunables = (Tunables.model_construct() if isinstance(tunables, list) else tunables).model_copy(
            update=HASTE
        )
        self._open = ExitStack()
        self._portal = Evidence("Portal", self._open_portal)
        self.portal_row = Evidence("Portal", self._ask_portal_row, needs=(self._portal,))
        self.portal_statuses = Evidence("Portal", self._ask_portal_statuses, needs=(self.portal_row,))
        self.portal_installation = Evidence("Portal", self._ask_portal_installation, needs=(self.portal_row,))
        self._backoffice = Evidence("Backoffice", self._open_backoffice)
        self.installed = Evidence("Backoffice", self._ask_installed, needs=(self._backoffice,))
        self.context = Evidence("Backoffice", self._ask_context, needs=(self.installed,))
        self.diagnosis = Evidence("Backoffice", self._ask_diagnosis, needs=(self.context,))
        self.zoho = ZohoEvidence(self._open_zoho)
        self.freshness = Evidence("Backoffice", self._ask_freshness, needs=(self.context,))
        # Importing Prefect takes seconds, on a small machine many.
        self.prefect_access = Evidence("Prefect", self._ask_prefect_access, seconds=2 * SECONDS)
        self.prefect = Evidence("Prefect", _ask_prefect, needs=(self.prefect_access,))
        self.plan = Evidence("Prefect", self._ask_plan)
        self.telegram = Evidence("Telegram", self._ask_telegram)

    def close(self) -> None:
        """Closes all connections."""
        self._open.close()

    def problems(self, model: type[Settings]) -> list[Problem]:
        """What is wrong with the settings of a model."""
        found = self._read[model]
        return found if isinstance(found, list) else []

    def settings(self, model: type[A]) -> A:
        """The settings of a model.

        Raises:
            Unseen: something is wrong with them.
        """
        found = self._read[model]
        if not isinstance(found, model):
            raise Unseen("its settings are missing or wrong")
        return found

    def _open_portal(self) -> Portal:
        portal = Portal(self.settings(PortalSettings), tunables=self.tunables)
        self._open.callback(portal.close)
        return portal

    def _ask_portal_row(self) -> dict[str, Any] | None:
        return next(iter(self._portal().rows(limit=1)), None)

    def _ask_portal_statuses(self) -> list[str]:
        return self._portal().other_statuses(words(Source.PORTAL))

    def _ask_portal_installation(self) -> str | None:
        return self._portal().installation_id()

    def _open_backoffice(self) -> Backoffice:
        backoffice = Backoffice(self.settings(BackofficeSettings), tunables=self.tunables)
        self._open.callback(backoffice.close)
        return backoffice

    def _ask_installed(self) -> Timed[dict[str, Any]] | None:
        try:
            return timed(lambda: self._backoffice().rpc("leadsync_context", {}))
        except Misconfigured as error:
            if error.code in MISSING_FUNCTION:
                return None
            raise

    def _ask_context(self) -> Context:
        installed = self.installed()
        if installed is None or installed.answer.get("schema_version", 0) < SCHEMA_VERSION:
            raise Unseen("its migrations are missing or old")
        return Context.model_validate(installed.answer)

    def _ask_diagnosis(self) -> Diagnosis:
        with _unseen_if_missing():
            return self._backoffice().diagnosis(PROBES)

    def _ask_freshness(self) -> Freshness:
        with _unseen_if_missing():
            return self._backoffice().freshness()

    def _open_zoho(self) -> Zoho:
        """The client, with the access token that the backoffice keeps; without a backoffice it mints one of its own."""
        settings = self.settings(ZohoSettings)
        try:
            store = CachedTokens(settings, self.context().cache, self._backoffice())
        except (Unseen, LeadsyncError):
            store = None
        zoho = Zoho(settings, tunables=self.tunables, store=store)
        self._open.callback(zoho.close)
        return zoho

    def _ask_prefect_access(self) -> Access:
        from cli.doctor import prefect_questions  # noqa: PLC0415 - imports Prefect

        return prefect_questions.access(self.tunables)

    def _ask_plan(self) -> Plan:
        from cli.doctor import prefect_questions  # noqa: PLC0415 - imports Prefect

        settings = self._read[TelegramSettings]
        told = isinstance(settings, TelegramSettings) and Channel.of(settings, Tier.ADMIN) is not None
        return prefect_questions.plan(telegram=told)

    def _ask_telegram(self) -> dict[Tier, str | LeadsyncError]:
        settings = self.settings(TelegramSettings)
        channels = {tier: channel for tier in Tier if (channel := Channel.of(settings, tier))}
        with Telegram(settings, tunables=self.tunables) as telegram:
            return {tier: _checked(telegram, channel) for tier, channel in channels.items()}


def _checked(telegram: Telegram, channel: Channel) -> str | LeadsyncError:
    try:
        return telegram.check(channel)
    except LeadsyncError as error:
        return error


@contextmanager
def _unseen_if_missing() -> Iterator[None]:
    try:
        yield
    except Misconfigured as error:
        if error.code in MISSING_FUNCTION:
            raise Unseen(OLDER) from None
        raise


def _ask_prefect() -> Server:
    from cli.doctor import prefect_questions  # noqa: PLC0415 - imports Prefect

    return prefect_questions.server()
