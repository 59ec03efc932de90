"""The watch: looks at runs, freshness and the review queue, and tells Telegram's tiers what is new about them.

What is wrong and what has been told is decided in `leads.incidents`; this looks, sends and remembers.
"""

from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.report_link import fresh_report_link
from flows.watching.memory import keep, remembered
from flows.watching.prefect_runs import deployed, page_of
from flows.watching.sights import Facts, seen
from flows.watching.telegram_html import html
from leads.incidents import Kind, Memory, Message, Tier, looked, told
from systems.backoffice import Backoffice
from systems.backoffice_answers import Watched
from systems.errors import LeadsyncError, TransientError
from systems.settings import BackofficeSettings, TelegramSettings, Tunables, WatchSettings, load
from systems.telegram import Channel, Telegram
from tasks.defects import safe_error
from tasks.step import logger

SECONDS = 240
"""For a look; the next one begins within minutes."""

HASTE = {"retry_attempts": 5, "retry_seconds": 60.0, "request_timeout": 15.0}


@flow(name="watch", flow_run_name="look", timeout_seconds=SECONDS, persist_result=False)
def watch() -> State[str]:
    """Tells Telegram's tiers what is wrong and when it is over, which records newly wait, and once a day the counts."""
    try:
        settings, tunables, rules = load(TelegramSettings, Tunables, WatchSettings)
        with get_client(sync_client=True) as client, Telegram(settings, tunables=tunables) as telegram:
            return Round(client, telegram, settings).take(rules, tunables)
    except Exception as error:  # noqa: BLE001 - what other libraries say may hold personal data
        return Failed(message=str(safe_error(error)))


@flow(name="watch-worker-back", flow_run_name="worker back", timeout_seconds=SECONDS, persist_result=False)
def worker_back() -> State[str]:
    """Tells the admin tier that a worker is back. Prefect's server makes this run when it tells that none is there."""
    try:
        settings, tunables = load(TelegramSettings, Tunables)
        since = flow_run.scheduled_start_time
        title = "no worker is at work"
        message = Message(kind=Kind.OVER, tier=Tier.ADMIN, title=title, since=since, until=datetime.now(UTC))
        channel = Channel.of(settings, Tier.ADMIN)
        if channel is not None:
            with Telegram(settings, tunables=tunables) as telegram:
                telegram.send(channel, html(message))
    except Exception as error:  # noqa: BLE001 - as above
        return Failed(message=str(safe_error(error)))
    return Completed(message="told" if channel else "the tier admin has no bot or no chat")


class Round:
    """One look, which keeps what is known before it tells anything, and again after each message."""

    def __init__(self, client: SyncPrefectClient, telegram: Telegram, settings: TelegramSettings) -> None:
        self._client = client
        self._telegram = telegram
        self._settings = settings
        self._errors: list[LeadsyncError] = []

    def take(self, rules: WatchSettings, tunables: Tunables) -> State[str]:
        """Looks and tells."""
        memory = remembered(self._client)
        facts = Facts(
            now=datetime.now(UTC),
            deployed=list(deployed(self._client)),
            told=_ask(memory, tunables),
            stuck=timedelta(minutes=rules.stuck_minutes),
            daily_hour=rules.daily_hour,
            crm_url=rules.crm_url,
            decide_url=page_of(self._client, "decide"),
            report_url=fresh_report_link(),
        )
        memory, due = looked(memory, seen(facts))
        # Where nothing can be kept, nothing is told: it would be told again at every look.
        keep(self._client, memory)
        sent = 0
        for message in due:
            if self._delivered(message):
                memory = told(memory, message)
                keep(self._client, memory)
                sent += 1
        return self._end(memory, sent, len(due))

    def _delivered(self, message: Message) -> bool:
        channel = Channel.of(self._settings, message.tier)
        if channel is None:
            logger.info("watch: the tier %s has no bot or no chat, so nobody is told: %s", message.tier, message.title)
            return False
        if any(isinstance(error, TransientError) for error in self._errors):
            return False
        try:
            self._telegram.send(channel, html(message))
        except LeadsyncError as error:
            logger.error("watch: %s", error)
            self._errors.append(error)
            return False
        logger.info("watch: told %s: %s", message.tier, message.title)
        return True

    def _end(self, memory: Memory, sent: int, due: int) -> State[str]:
        going_on = sum(incident.over is None for incident in memory.incidents.values())
        counts = f"{going_on} incidents going on, {sent} of {due} messages told"
        if self._errors:
            return Failed(message=f"{self._errors[0]} {counts}.")
        return Completed(message=counts)


def _ask(memory: Memory, tunables: Tunables) -> Watched | LeadsyncError:
    try:
        (settings,) = load(BackofficeSettings)
        with Backoffice(settings, tunables=tunables.model_copy(update=HASTE)) as backoffice:
            return backoffice.watch(memory.reviewed)
    except Exception as error:  # noqa: BLE001 - the watch goes on without it
        return safe_error(error)
