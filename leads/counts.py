"""What became of the records of an attempt."""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Each fetched record is in exactly one of the six that follow `fetched`."""

    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    review: int = 0
    rejected: int = 0
    ignored: int = 0
    deleted_at_source: int = 0
    """Records newly found deleted at their source; they are not among the fetched."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)})

    @property
    def placed(self) -> int:
        """Records whose place is known."""
        return self.inserted + self.updated + self.unchanged + self.review + self.rejected + self.ignored

    @property
    def balanced(self) -> bool:
        """Invariant 1: everything fetched is accounted for."""
        return self.fetched == self.placed

    def as_dict(self) -> dict[str, int]:
        """The counts by name, for JSON."""
        return asdict(self)
