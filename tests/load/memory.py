"""What the processes hold: resident memory of a process and of all that it started, in MB."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PAGE_MB = 4096 / 1_000_000


@dataclass
class Memory:
    """Looks at processes again and again.

    Attributes:
        most: the most that was seen, by name; `a process below …` is the largest one that another started.
        last: what was seen last.
    """

    most: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)

    def look(self, processes: Mapping[str, int]) -> None:
        """Notes how large these processes are now, each with its name."""
        for name, pid in processes.items():
            self._note(name, resident(pid))
            for child in children(pid):
                self._note(f"a process below {name}", resident(child))

    def _note(self, name: str, size: float) -> None:
        self.last[name] = size
        self.most[name] = max(size, self.most.get(name, 0))


def resident(pid: int) -> float:
    """Resident memory in MB; 0 where there is no such process."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    except (OSError, IndexError):
        return 0.0


def children(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    try:
        own = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return own + [below for child in own for below in children(child)]
