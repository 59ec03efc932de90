"""The client of the backoffice's Supabase: one method for each SQL function of docs/architecture.md.

Every function is safe to repeat, so that a call whose answer got lost is simply made again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from leads.sources import Source
from systems.answer_places import wrong_places
from systems.backoffice_answers import (
    Answer,
    ClosedAttempt,
    Context,
    Decided,
    Doubles,
    Forgotten,
    Freshness,
    Known,
    OnRecord,
    OpenedAttempt,
    Outcome,
    Recalled,
    Story,
    Taken,
    Tidied,
    UndoPage,
    WaitingList,
    Watched,
)
from systems.diagnosis import Diagnosis
from systems.errors import ContractBroken, Misconfigured
from systems.report_answers import Report
from systems.supabase_answers import Project
from systems.supabase_project import SupabaseProject
from systems.transport import JsonObject

M = TypeVar("M", bound=Answer)
C = TypeVar("C", bound=Context)
T = TypeVar("T")

SCHEMA_VERSION = 4
"""What `leadsync_context` says of a database whose migrations are as new as this code."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Backoffice(SupabaseProject):
    """Reads and writes through SQL functions only.

    Each method raises `Misconfigured` if the migrations are missing, `AttemptClosed` if the attempt may no longer
    write, `ContractBroken` if an answer is not what the contract says, and what `SupabaseProject.rpc` raises.
    """

    project = Project(
        system="Backoffice",
        prefix="BACKOFFICE_SUPABASE_",
        missing="Its migrations are missing: run `supabase db push` on the project that BACKOFFICE_SUPABASE_URL names.",
    )

    def context(self) -> Context:
        """Installation, watermarks, columns and cache."""
        return self.current(self._read(Context, self.rpc("leadsync_context", {})))

    def open_attempt(self, attempt: Mapping[str, Any]) -> OpenedAttempt:
        """Opens an attempt; its `attempt_id` is the caller's, so that a repeated call opens nothing twice.

        It is open whatever version the migrations have: the caller hands the answer to `current`, and closes it.
        """
        return self._read(OpenedAttempt, self.rpc("leadsync_open", {"p_attempt": dict(attempt)}))

    def beat(self, attempt_id: str) -> bool:
        """Says that the attempt is alive; returns whether it still may write."""
        answer = self.rpc("leadsync_beat", {"p_attempt": attempt_id})
        return bool(self._object(answer).get("running"))

    def match(self, source: Source, columns: Sequence[str], records: Sequence[Mapping[str, Any]]) -> JsonObject:
        """What the backoffice knows of each record: `records` and `leads`, as the contract describes them."""
        arguments = {"p_source": source.value, "p_columns": list(columns), "p_records": list(records)}
        return self._object(self.rpc("leadsync_match", arguments))

    def apply(self, attempt_id: str, batch: int, plan: Mapping[str, Any]) -> list[Outcome]:
        """Applies a plan in one transaction; the same batch number gives the first answer again."""
        arguments = {"p_attempt": attempt_id, "p_batch": batch, "p_plan": dict(plan)}
        outcomes = self._object(self.rpc("leadsync_apply", arguments)).get("outcomes")
        return self._validated(TypeAdapter(list[Outcome]), outcomes)

    def mark_deleted(self, attempt_id: str, source: Source, rows: Sequence[Mapping[str, Any]]) -> int:
        """Marks records as deleted at their source; returns how many were not marked before."""
        arguments = {"p_attempt": attempt_id, "p_source": source.value, "p_rows": list(rows)}
        answer = self._object(self.rpc("leadsync_mark_deleted", arguments))
        return self._validated(TypeAdapter(int), answer.get("deleted_at_source"))

    def recalled(self, source: Source, after: str, limit: int) -> list[Recalled]:
        """The next records of a source that a person asked to take up again, in the order of their ids."""
        answer = self.rpc("leadsync_recalled", {"p_source": source.value, "p_after": after, "p_limit": limit})
        return self._validated(TypeAdapter(list[Recalled]), answer)

    def waiting(self) -> WaitingList:
        """All that waits for a person, oldest first, without content."""
        return self._read(WaitingList, self.rpc("leadsync_waiting", {}))

    def decide(
        self, subject: Mapping[str, str], decision: str, *, lead: str | None, field: str | None, by: str
    ) -> Decided:
        """Notes what a person decides on a record or a lead's conflict, or says why it makes no sense."""
        arguments = {"p_decision": decision, "p_lead": lead, "p_field": field, "p_by": by}
        return self._read(Decided, self.rpc("leadsync_decide", {"p_subject": dict(subject), **arguments}))

    def close_attempt(self, attempt_id: str, result: Mapping[str, Any]) -> ClosedAttempt:
        """Closes an attempt with its status, counts, watermark and errors."""
        return self._read(
            ClosedAttempt, self.rpc("leadsync_close", {"p_attempt": attempt_id, "p_result": dict(result)})
        )

    def on_record(self, attempt_id: str) -> OnRecord | None:
        """What `sync_metadata` says of an attempt, which is what the company's dashboard shows."""
        answer = self._object(self.rpc("leadsync_on_record", {"p_attempt": attempt_id}))
        return self._validated(TypeAdapter(OnRecord | None), answer.get("row"))

    def freshness(self) -> Freshness:
        """When each flow last did all of its work."""
        return self._read(Freshness, self.rpc("leadsync_freshness", {}))

    def report(self, zone: str, days: int) -> Report:
        """The last days in numbers.

        Args:
            zone: the IANA name of the time zone that says when a day begins.
            days: how many, today included; at most 31.
        """
        return self._read(Report, self.rpc("leadsync_report", {"p_zone": zone, "p_days": days}))

    def watch(self, since: datetime | None) -> Watched:
        """What the watch asks.

        Args:
            since: up to when records in review have been told; None: none has.
        """
        return self._read(Watched, self.rpc("leadsync_watch", {"p_since": since.isoformat() if since else None}))

    def cache_put(self, key: str, value: object, expires_at: datetime) -> None:
        """Keeps a JSON value for other processes until a time."""
        arguments = {"p_key": key, "p_value": value, "p_expires_at": expires_at.isoformat()}
        self.rpc("leadsync_cache_put", arguments)

    def cache_drop(self, key: str) -> None:
        """Keeps a value no longer."""
        self.cache_put(key, {}, LONG_AGO)

    def cache_take(self, key: str, unless: object, by: str, seconds: int) -> Taken:
        """A value that is kept under a key, or whether the caller is the one to make it.

        Args:
            key: which value.
            unless: a value that is known to be useless, which counts as not kept.
            by: a UUID of the caller's.
            seconds: how long nobody else is told to make it.
        """
        arguments = {"p_key": key, "p_except": unless, "p_by": by, "p_seconds": seconds}
        return self._read(Taken, self.rpc("leadsync_cache_take", arguments))

    def diagnosis(self, probes: Mapping[str, Mapping[str, Any]]) -> Diagnosis:
        """What doctor asks of the database.

        Args:
            probes: rows of `leads` by name, of which it tells those that its checks refuse; nothing is written.
        """
        return self._read(Diagnosis, self.rpc("leadsync_diagnosis", {"p_probes": dict(probes)}))

    def story(self, lead_id: str | None, source: Source | None = None, source_id: str | None = None) -> Story:
        """Everything that is kept on a lead, or on a source record and the lead that it belongs to."""
        arguments = {"p_lead": lead_id, "p_source": source, "p_source_id": source_id}
        return self._read(Story, self.rpc("leadsync_story", arguments))

    def forget(
        self,
        erasure: str,
        subject: Mapping[str, str],
        keys: Mapping[str, Any],
        *,
        anonymise: Mapping[str, Any] | None,
        by: str,
    ) -> Forgotten:
        """Removes a person from our schema; the same erasure's id changes nothing again.

        Args:
            erasure: a fresh UUID.
            subject: `lead_id`, or `source` and `source_id`.
            keys: `emails` and `persons`, what no source may bring the person back by.
            anonymise: what takes the place of values in their lead; None leaves the lead alone.
            by: who says so.
        """
        arguments = {"p_erasure": erasure, "p_subject": dict(subject), "p_keys": dict(keys), "p_by": by}
        return self._read(Forgotten, self.rpc("leadsync_forget", {**arguments, "p_anonymise": anonymise}))

    def tidy(self, days: Mapping[str, int]) -> Tidied:
        """Drops what has been kept longer than so many days, up to 5,000 rows of each kind; 0 keeps for ever."""
        return self._read(Tidied, self.rpc("leadsync_tidy", {"p_days": dict(days)}))

    def known(self, source: Source, before: datetime, after: str, limit: int) -> list[Known]:
        """The next records of a source, by id, that were known before a time and are not known to be deleted."""
        arguments = {"p_source": source.value, "p_before": before.isoformat(), "p_after": after, "p_limit": limit}
        return self._validated(TypeAdapter(list[Known]), self.rpc("leadsync_known", arguments))

    def doubles(self, limit: int) -> Doubles:
        """How many groups of leads share an id or an address, and the first of them."""
        return self._read(Doubles, self.rpc("leadsync_doubles", {"p_limit": limit}))

    def undo_page(self, attempt_id: str | None, undone: str, page: int, after: str | None) -> UndoPage:
        """Takes an attempt back on its next 500 leads; the same page number gives the first answer again.

        Args:
            attempt_id: the attempt that does it; None: a dry call, which only looks.
            undone: the attempt that is taken back.
            page: 1 and so on.
            after: `next` of the page before; None: from the first lead.
        """
        arguments = {"p_attempt": attempt_id, "p_undone": undone, "p_page": page, "p_after": after}
        return self._read(UndoPage, self.rpc("leadsync_undo", {**arguments, "p_dry": attempt_id is None}))

    def current(self, context: C) -> C:
        """The same context, if the database has this version's migrations.

        Raises:
            Misconfigured: they are older, so that it cannot be written by this version.
        """
        if context.schema_version < SCHEMA_VERSION:
            cause = f"its migrations are of version {context.schema_version}, and this leadsync needs {SCHEMA_VERSION}"
            raise Misconfigured(self.project.system, cause, "Run `supabase db push` on it.")
        return context

    def _read(self, model: type[M], answer: object) -> M:
        return self._validated(TypeAdapter(model), self._object(answer))

    def _object(self, answer: object) -> JsonObject:
        return self._validated(TypeAdapter(dict[str, Any]), answer)

    def _validated(self, adapter: TypeAdapter[T], answer: object) -> T:
        try:
            return adapter.validate_python(answer)
        except ValidationError as error:
            places = ", ".join(filter(None, wrong_places(error))) or "its top"
            cause = f"a function's answer is not what the contract says (at {places})"
        raise ContractBroken(self.project.system, cause, self.project.missing)
