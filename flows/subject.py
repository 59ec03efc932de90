"""Whom a command is about: a lead, or a source record and the lead that it belongs to."""

from dataclasses import dataclass
from uuid import UUID

from leads.erasure import Held
from leads.sources import Source
from systems.backoffice import Backoffice
from systems.backoffice_answers import Story
from systems.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Either a lead's id, or a record's source and id."""

    lead_id: str | None = None
    record: tuple[Source, str] | None = None

    @classmethod
    def read(cls, text: str) -> "Subject":
        """Reads a lead's UUID, `zoho:ID` or `portal:ID`.

        Raises:
            Refused: it is none of these.
        """
        source, _, source_id = (part.strip() for part in text.partition(":"))
        if source in set(Source) and source_id:
            return cls(record=(Source(source), source_id.lower()))
        try:
            return cls(lead_id=str(UUID(text.strip())))
        except ValueError:
            cure = "Give a lead's id, zoho:ID or portal:ID."
            raise Refused("Parameters", "that is neither a lead's id nor a record's", cure) from None

    def held(self, backoffice: Backoffice) -> Held:
        """All that the backoffice keeps on them."""
        return Held.of(self.story(backoffice).model_dump(), lead_id=self.lead_id, record=self.record)

    def story(self, backoffice: Backoffice) -> Story:
        """The rows of all that."""
        source, source_id = self.record or (None, None)
        return backoffice.story(self.lead_id, source, source_id)

    def payload(self) -> dict[str, str]:
        """`p_subject` of the SQL functions."""
        if self.record:
            return {"source": self.record[0].value, "source_id": self.record[1]}
        return {"lead_id": str(self.lead_id)}
