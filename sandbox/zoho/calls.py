"""The log of calls, without personal data."""

from collections import Counter, deque
from collections.abc import Mapping

_KEPT = 100_000
_SHOWN = frozenset({"page", "per_page", "sort_by", "sort_order", "converted", "module", "type", "fields", "grant_type"})


class CallLog:
    """The last calls, oldest first; parameters outside a short list are hidden."""

    def __init__(self) -> None:
        self._calls: deque[dict[str, object]] = deque(maxlen=_KEPT)

    def add(self, *, at: str, method: str, path: str, query: Mapping[str, str], since: str | None, status: int) -> None:
        """Note one call; status 0 is a connection that was cut."""
        shown = {name: value if name in _SHOWN else "…" for name, value in query.items()}
        call = {"at": at, "method": method, "path": path, "query": shown, "status": status}
        self._calls.append({**call, "if_modified_since": since} if since else call)

    def report(self) -> dict[str, object]:
        """All calls, and how many there were by method and path."""
        counts = Counter(f"{call['method']} {call['path']}" for call in self._calls)
        return {"calls": list(self._calls), "counts": dict(counts)}

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
