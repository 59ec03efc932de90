"""How the lead API behaves, on order: what it writes, when, or with what it refuses."""

from pydantic import BaseModel, ConfigDict, Field


class Manner(BaseModel):
    """By default it does as the portal does: its row first, the lead in Zoho next, then the answer.

    Attributes:
        status: Answer with this status and write nothing; None: behave.
        portal: Whether it writes its row.
        zoho: Whether it writes to Zoho.
        zoho_after_s: Seconds from the answer to the lead in Zoho; 0: before the answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int | None = Field(default=None, ge=300, le=599)
    portal: bool = True
    zoho: bool = True
    zoho_after_s: float = Field(default=0.0, ge=0)
