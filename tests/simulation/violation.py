"""What is raised when an invariant does not hold."""


class Violation(AssertionError):
    """Raised when an invariant does not hold.

    Attributes:
        invariant: which one.
        detail: what was seen.
    """

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.detail = detail
