"""Zoho CRM in memory: what its API shows of leads, to the second, a page at a time."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from leads.fields import zoho_names
from systems.errors import WalkBroken
from systems.zoho import Count, Page, PageQuery
from systems.zoho_cost import Meter
from tests.simulation.clock import Clock
from tests.simulation.runs import Caller

PAGE_SIZE = 4
Fields = dict[str, Any]


@dataclass
class ZohoLead:
    """A lead as Zoho keeps it.

    Attributes:
        contents: what it has said, the newest last.
        stamps: the Modified_Time of each of them.
        gone: when it was deleted; None while it is there.
    """

    id: str
    person: int
    fields: Fields
    created: datetime
    modified: datetime
    contents: list[Fields] = field(default_factory=list)
    stamps: list[datetime] = field(default_factory=list)
    gone: datetime | None = None
    gone_for_good: bool = False
    was_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What Zoho's documents leave open; each history fixes it anew.

    Attributes:
        inclusive: whether If-Modified-Since gives what was modified in that very second.
        falling: whether leads of one second come by falling id.
        frozen_tokens: whether a page token shows the listing as it was, rather than an offset into what it is now.
        dated: whether answers carry a Date.
        quiet_restore: whether a restored lead keeps its Modified_Time.
        zone: hours by which its texts of time stand off UTC.
    """

    inclusive: bool = True
    falling: bool = False
    frozen_tokens: bool = False
    dated: bool = True
    quiet_restore: bool = False
    zone: int = 1


@dataclass
class Zoho:
    """The organisation's leads."""

    clock: Clock
    habits: Habits
    leads: dict[str, ZohoLead] = field(default_factory=dict)
    _tokens: dict[str, tuple[int, list[str] | None]] = field(default_factory=dict)

    def create(self, lead_id: str, person: int, fields: Fields, created: datetime | None = None) -> ZohoLead:
        now = self.clock.second
        lead = ZohoLead(lead_id, person, dict(fields), created or now, now)
        self.leads[lead_id] = lead
        self._stamp(lead)
        return lead

    def change(self, lead: ZohoLead, fields: Fields) -> None:
        lead.fields = {**lead.fields, **fields}
        self._stamp(lead)

    def delete(self, lead: ZohoLead, *, for_good: bool) -> None:
        lead.gone, lead.gone_for_good, lead.was_gone = self.clock.second, for_good, True

    def restore(self, lead: ZohoLead) -> None:
        lead.gone = None
        if not self.habits.quiet_restore:
            self._stamp(lead)

    def page(self, query: PageQuery, *, short: bool = False, empty: bool = False, back: int = 0) -> Page:
        """One page of Get Records; short of records or of all of them although more follow, or an earlier one again."""
        listed = self._listed(query.since)
        offset = (query.page - 1) * PAGE_SIZE
        if query.token is not None:
            if query.token not in self._tokens:
                raise WalkBroken("Zoho", "it does not go on from this page (INVALID_DATA)", "Read again.")
            offset, frozen = self._tokens[query.token]
            listed = listed if frozen is None else [self.leads[i] for i in frozen if self.leads[i].gone is None]
        start = max(0, offset - back)
        size = 0 if empty else PAGE_SIZE // 2 if short else PAGE_SIZE
        end = min(start + size, len(listed))
        following = max(end, offset)
        more = following < len(listed)
        return Page(
            records=tuple(self.shown(lead, query.fields) for lead in listed[start:end]),
            more=more,
            token=self._token(following, listed) if more else None,
            date=self.date,
        )

    def deleted(self, since: datetime | None, page: int) -> Page:
        """One page of the list of deleted leads, the newest first."""
        gone = [lead for lead in self.leads.values() if lead.gone is not None and (not since or lead.gone >= since)]
        gone.sort(key=lambda lead: (lead.gone, lead.id), reverse=True)
        start, end = (page - 1) * PAGE_SIZE, page * PAGE_SIZE
        told = tuple(
            {
                "id": lead.id,
                "type": "permanent" if lead.gone_for_good else "recycle",
                "deleted_time": self.text(lead.gone),
            }
            for lead in gone[start:end]
            if lead.gone
        )
        return Page(records=told, more=end < len(gone), date=self.date)

    @property
    def date(self) -> datetime | None:
        return self.clock.second if self.habits.dated else None

    def shown(self, lead: ZohoLead, names: tuple[str, ...] = zoho_names()) -> Fields:
        """The lead as an answer shows it."""
        whole = {
            **lead.fields,
            "Created_Time": self.text(lead.created),
            "Modified_Time": self.text(lead.modified),
        }
        return {"id": lead.fields.get("id", lead.id), **{name: whole.get(name) for name in names}}

    def text(self, moment: datetime) -> str:
        return moment.astimezone(timezone(timedelta(hours=self.habits.zone))).isoformat()

    def _listed(self, since: datetime | None) -> list[ZohoLead]:
        bound = since.astimezone(UTC).replace(microsecond=0) if since else None
        there = [lead for lead in self.leads.values() if lead.gone is None and self._is_since(lead, bound)]
        there.sort(key=lambda lead: lead.id, reverse=self.habits.falling)
        return sorted(there, key=lambda lead: lead.modified)

    def _is_since(self, lead: ZohoLead, bound: datetime | None) -> bool:
        if bound is None:
            return True
        return lead.modified >= bound if self.habits.inclusive else lead.modified > bound

    def _token(self, offset: int, listed: list[ZohoLead]) -> str:
        token = f"token-{len(self._tokens)}-{self.clock.now.timestamp()}"
        self._tokens[token] = (offset, [lead.id for lead in listed] if self.habits.frozen_tokens else None)
        return token

    def _stamp(self, lead: ZohoLead) -> None:
        lead.modified = self.clock.second
        lead.contents.append(self.shown(lead))
        lead.stamps.append(lead.modified)


class ZohoClient:
    """`systems.zoho.Zoho` without HTTP: the same calls, each a step of the run that makes it."""

    def __init__(self, zoho: Zoho, call: Caller) -> None:
        self._zoho = zoho
        self._call = call
        self.api = SimpleNamespace(meter=Meter())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def leads_page(self, query: PageQuery) -> Page:
        zoho = self._zoho
        faults = {
            "page short": lambda: zoho.page(query, short=True),
            "page empty": lambda: zoho.page(query, empty=True),
        }
        if query.token is not None:
            faults["page repeated"] = lambda: zoho.page(query, back=PAGE_SIZE)
            faults["page token expired"] = lambda: zoho.page(replace(query, token="expired"))
        return self._call("zoho page", lambda: zoho.page(query), faults)

    def deleted_page(self, *, since: datetime | None, page: int = 1) -> Page:
        return self._call("zoho deleted", lambda: self._zoho.deleted(since, page), {})

    def field_types(self) -> dict[str, str]:
        return dict.fromkeys(zoho_names(), "text")

    def count(self) -> Count:
        return Count(leads=0, date=None)
