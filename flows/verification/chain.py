"""The links that a test lead goes through, each tried for real."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from prefect import tags

from flows.backup import portal_to_backoffice
from flows.origin import CALLER
from flows.outcome import AttemptFailed, Outcome
from flows.primary import zoho_to_backoffice
from flows.verification import shelf
from flows.verification.earlier import wait_for_search
from flows.verification.logged_errors import Errors, listening
from flows.verification.lookup import NOBODY, Found, Seen, look
from flows.verification.verified import Verified
from leads.sources import Source
from leads.trial import Trial, is_trial, newest, row_of, sharing_phone, strangers
from leads.values import Record
from systems.backoffice import Backoffice
from systems.errors import Misconfigured, PermanentError, Refused, TransientError
from systems.lead_api import LeadApi, confirm
from systems.patience import Patience
from systems.portal import Portal
from systems.settings import BackofficeSettings, PortalSettings, Tunables, VerifySettings, ZohoSettings, load
from systems.token_cache import CachedTokens
from systems.zoho import PageQuery, Zoho
from tasks.load_backoffice import counts_line
from tasks.step import logger

FIELDS = ("First_Name", "Last_Name", "Email", "Modified_Time")
CLOCKS_MAY_DIFFER = timedelta(minutes=10)
"""Ours and Zoho's."""
MOST_PAGES = 10
"""As many as Zoho gives by their number alone."""
LONGEST_WAIT = 5.0
"""Seconds between two looks at Zoho; a look costs one credit."""


class BrokenLink(PermanentError):
    """Raised when the test lead is not where it should be."""


class NotYet(TransientError):
    """Raised while the test lead is not in Zoho."""


class Chain:
    """One verification on its way; use it as a context manager.

    Args:
        done: takes the ids that are found.
    """

    trial: Trial
    settings: VerifySettings
    portal: Portal
    zoho: Zoho
    backoffice: Backoffice
    tunables: Tunables
    began: datetime

    def __init__(self, done: Verified) -> None:
        self.submitted = False
        self._done = done
        self._stack = ExitStack()
        self._errors = Errors()
        self._outcomes: list[Outcome] = []
        self._again = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.submitted:
            logger.warning("verify: ended from outside; the test lead stays where it is: %s", self._done.ids)
        self._stack.close()

    def ready(self, *, side_effects: bool) -> str:
        """Opens the systems, and makes sure that the portal would write over nobody."""
        confirm(side_effects=side_effects)
        self._open()
        rows = sharing_phone(self._rows(), self.trial)
        known = look(self.backoffice, Source.ZOHO, NOBODY, self.trial).sharing_phone
        if others := strangers(rows) + [lead.lead_id for lead in known if not lead.is_trial]:
            cause = f"leads have the number of VERIFY_PHONE, which the portal would write over: {', '.join(others)}"
            raise Refused("Settings", cause, "Set VERIFY_PHONE to a number that no lead has.")
        if rows:
            wait_for_search(newest(rows), self.backoffice, self.zoho, self.trial)
            return "only an earlier test lead has it, which the portal will take this one for"
        return "no lead has it"

    def submit(self) -> str:
        """Makes the test lead at the portal, and finds the portal's row of it."""
        self.submitted = True
        with LeadApi(self.settings, tunables=self.tunables) as api:
            api.create(self.trial.submission())
        row = self.note_row()
        if row is None:
            cure = "Check that PORTAL_SUPABASE_URL names the database of the portal at VERIFY_LEAD_API_URL."
            raise BrokenLink("Portal", "it took the test lead, but its table leads has no row of it", cure)
        self._again = not self.trial.is_at(row.get("email"))
        return f"row {row['id']}" + (", of an earlier test lead" if self._again else "")

    def reach_zoho(self) -> str:
        """Waits for the test lead in Zoho."""
        seconds = self.settings.seconds
        first = min(1.0, seconds / 10)
        patience = Patience(attempts=10_000, seconds=seconds, first_wait=first, longest_wait=LONGEST_WAIT)
        try:
            patience(self._expect_in_zoho)
        except NotYet:
            cause = f"its test lead did not reach Zoho CRM within {seconds:g} s"
            cure = "The portal's log says what Zoho answered it; ZOHO_* must name the organisation that it writes to."
            raise BrokenLink("Portal", cause, cure) from None
        return f"lead {self._done.ids['zoho']}"

    def reach_backoffice(self) -> str:
        """Runs the primary sync and finds the lead."""
        for lead in self._shelved():
            shelf.unshelve(self.backoffice, lead, self.trial)
        outcome = self._run(zoho_to_backoffice)
        found = self._look(Source.ZOHO)
        if found.linked is None or found.linked.deleted:
            cause = f"the primary sync did not link the test lead ({found.whereabouts})"
            raise BrokenLink("Backoffice", cause, self._look_at(Source.ZOHO))
        self._done.ids["lead"] = found.linked.lead_id
        return f"lead {found.linked.lead_id}; {_in_short(outcome)}"

    def meet(self) -> str:
        """Runs the backup sync and finds the lead once, linked to both records."""
        outcome = self._run(portal_to_backoffice)
        found = self._look(Source.PORTAL)
        alive = {lead.lead_id for lead in [*found.alive, *self._look(Source.ZOHO).alive]}
        if len(alive) != 1:
            cause = f"the test lead is there {len(alive)} times after the backup sync: {', '.join(sorted(alive))}"
            raise BrokenLink("Backoffice", cause, self._look_at(Source.PORTAL))
        if outcome.status == "skipped":
            return f"there once; {outcome.message}"
        if found.linked is None or found.linked.lead_id not in alive:
            cause = f"the backup sync did not link the portal's row to the test lead ({found.whereabouts})"
            raise BrokenLink("Backoffice", cause, self._look_at(Source.PORTAL))
        return f"there once, linked to both; {_in_short(outcome)}"

    def on_record(self) -> str:
        """Compares the attempts' rows in `sync_metadata` with what the runs said, and asks for logged errors."""
        for outcome in self._outcomes:
            row = self.backoffice.on_record(str(outcome.attempt_id))
            if row is None or (row.status, row.counts) != (outcome.status, outcome.counts.as_dict()):
                cause = f"sync_metadata does not say what the attempt of {outcome.flow} said ({outcome.attempt_id})"
                raise BrokenLink("Backoffice", cause, "Look for what else writes to that table.")
        if self._errors.count:
            cause = f"the runs logged {self._errors.count} errors, though they came to a good end"
            raise BrokenLink("leadsync", cause, "Their logs are in Prefect, below this run.")
        return "both as their runs said; no errors"

    def note_row(self) -> Record | None:
        """The portal's row of the test lead, if it is there."""
        row = row_of(self._rows(), self.trial)
        if row is not None:
            self._done.ids["portal"] = str(row["id"])
        return row

    def note_in_zoho(self) -> bool:
        """Whether the test lead is in Zoho."""
        since = self.began - CLOCKS_MAY_DIFFER
        for number in range(1, 1 + MOST_PAGES):
            page = self.zoho.leads_page(PageQuery(fields=FIELDS, since=since, page=number))
            for record in page.records:
                if isinstance(record, dict) and self.trial.is_at(record.get("Email")):
                    self._done.ids["zoho"] = str(record["id"])
                    return True
            if not page.more:
                break
        return False

    def in_backoffice(self) -> list[Seen]:
        """The leads of this verification that are not deleted."""
        looks = [self._look(source) for source in Source if source.value in self._done.ids]
        return list({lead.lead_id: lead for found in looks for lead in found.alive}.values())

    def _open(self) -> None:
        settings = load(VerifySettings, ZohoSettings, PortalSettings, BackofficeSettings)
        (self.tunables,) = load(Tunables)
        self.settings = settings[0]
        self.began = datetime.now(UTC)
        email, phone = (secret.get_secret_value() for secret in (self.settings.email, self.settings.phone))
        self.trial = Trial.marked(email, phone, self.began)
        self._done.name = self.trial.name
        self.backoffice = self._stack.enter_context(Backoffice(settings[3], tunables=self.tunables))
        self.portal = self._stack.enter_context(Portal(settings[2], tunables=self.tunables))
        tokens = CachedTokens(settings[1], self.backoffice.context().cache, self.backoffice)
        self.zoho = self._stack.enter_context(Zoho(settings[1], tunables=self.tunables, store=tokens))

    def _rows(self) -> Iterator[Record]:
        """All of the portal's rows, a page in memory at a time: it can be asked for no digits of a phone."""
        after = None
        while page := self.portal.rows(after=after):
            yield from page
            after = str(page[-1]["id"])

    def _expect_in_zoho(self) -> None:
        if not self.note_in_zoho():
            raise NotYet("Zoho", "the test lead is not there yet", "Wait for it.")

    def _shelved(self) -> list[Seen]:
        """Leads of earlier verifications that were removed and that the portal has taken this one for."""
        linked = (self._look(source).linked for source in Source if source.value in self._done.ids)
        return list({lead.lead_id: lead for lead in linked if lead and lead.deleted and is_trial(lead.name)}.values())

    def _look(self, source: Source) -> Found:
        return look(self.backoffice, source, self._done.ids[source.value], self.trial)

    def _look_at(self, source: Source) -> str:
        hint = " The portal took it for an earlier test lead: remove that one by hand first." if self._again else ""
        return f"Look at it: `leadsync history {source.value}:{self._done.ids[source.value]}`.{hint}"

    def _run(self, flow: Any) -> Outcome:  # noqa: ANN401 - Prefect's types know nothing of return_state
        """Runs a sync as its schedule does; its failure is the link's."""
        with tags("leadsync", f"{CALLER}verify"), listening(self._errors):
            state = flow(return_state=True)
        try:
            outcome: Outcome = state.result()
        except AttemptFailed as failure:
            outcome = failure.outcome
        self._outcomes.append(outcome)
        self._done.attempts[outcome.flow] = str(outcome.attempt_id)
        if outcome.status != "failed":
            return outcome
        kind, why = Misconfigured if outcome.exit_code == Misconfigured.exit_code else BrokenLink, outcome.remarks[0]
        raise kind(why.system, f"{outcome.flow} failed: {why.cause}", why.cure)


def _in_short(outcome: Outcome) -> str:
    return f"{outcome.status}: {counts_line(outcome.counts)}"
