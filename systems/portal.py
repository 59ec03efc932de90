"""The client of the sales portal's Supabase: reads its table `leads`, nothing else."""

from collections.abc import Iterable

from postgrest import CountMethod

from systems.addresses import Address
from systems.errors import Misconfigured
from systems.supabase_answers import MISSING_FUNCTION, Project
from systems.supabase_project import SupabaseProject
from systems.transport import JsonObject

PAGE = 1000
"""Rows that Supabase gives in one answer at most, by default."""


class Portal(SupabaseProject):
    """Reads all rows by keyset."""

    project = Project(
        system="Portal",
        prefix="PORTAL_SUPABASE_",
        missing="Check that PORTAL_SUPABASE_URL names the portal's project, whose table is public.leads.",
    )

    def rows(self, after: str | None = None, limit: int = PAGE) -> list[JsonObject]:
        """The next rows in order of id.

        Args:
            after: the id of the last row of the page before, None for the first page.
            limit: most rows to give; the project may give fewer, so only an empty answer is the end.
        """
        table = self._supabase.table("leads")

        def read() -> object:
            query = table.select("*").order("id").limit(limit)
            return (query if after is None else query.gt("id", after)).execute().data

        data = self._answer(read)
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise self.project.unreadable()
        return data

    def count(self) -> int:
        """How many rows there are."""
        table = self._supabase.table("leads")
        count = self._answer(lambda: table.select("id", count=CountMethod.exact).limit(1).execute().count)
        if count is None:
            raise self.project.unreadable()
        return count

    def other_statuses(self, known: Iterable[str]) -> list[str]:
        """The statuses of up to 1,000 rows that have another one than these, which are compared letter by letter."""
        table = self._supabase.table("leads")
        data = self._answer(lambda: table.select("status").not_.in_("status", sorted(known)).limit(PAGE).execute().data)
        if not isinstance(data, list):
            raise self.project.unreadable()
        return [str(row["status"]) for row in data if isinstance(row, dict) and row.get("status") is not None]

    def installation_id(self) -> str | None:
        """The id of the leadsync installation that this database carries, None if it carries none.

        Raises:
            LeadsyncError: for any answer but the id, or that the function is missing.
        """
        try:
            context = self.rpc("leadsync_context", {})
        except Misconfigured as error:
            if error.code in MISSING_FUNCTION:
                return None
            raise
        identity = context.get("installation_id") if isinstance(context, dict) else None
        return identity if isinstance(identity, str) else None


def same_address(one: str, other: str) -> bool:
    """Whether two URLs reach the same server: scheme, host and port, defaults filled in."""
    return Address.parse(one) == Address.parse(other)
