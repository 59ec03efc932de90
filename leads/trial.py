"""The test lead of a verification: marked, so that nobody takes it for a person and each one is told from the others.

The portal takes a submission for the lead that has its e-mail, its phone or its name, and writes over it. E-mail and
name are therefore new with every verification; the phone is the operator's own and stays.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leads.contacts import PHONE_TAIL, email_key
from leads.values import Json, Record, Values

MARK = "Leadsync Test"
SOURCE = "leadsync-verify"
LONGEST_LOCAL_PART = 64
MARK_LENGTH = 21
"""Characters of a verification's own mark: its time, to the microsecond."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One verification's lead."""

    name: str
    email: str
    phone: str

    @classmethod
    def marked(cls, email: str, phone: str, moment: datetime) -> "Trial":
        """A lead of this moment.

        Args:
            email: the operator's own address; mail to `local+…@domain` is to arrive there.
            phone: the operator's own number, as it is to be typed.
            moment: what marks the lead; no two verifications have the same.
        """
        mark = f"{moment.astimezone(UTC):%Y%m%dt%H%M%S%f}"
        return cls(name=f"{MARK} {mark}", email=plus(email.strip(), mark), phone=phone)

    @property
    def tail(self) -> str:
        """The digits by which the portal compares phones."""
        return phone_tail(self.phone)

    def submission(self) -> Values:
        """What the portal's lead API is sent: contact data without a quote, as its second wizard does first."""
        return {
            "name": self.name,
            "email": self.email,
            "phone": self.phone,
            "source": SOURCE,
            "notes": f"{self.name}: a test of leadsync verify. No person is behind it, please ignore and delete it.",
            "is_gozo": False,
        }

    def is_at(self, email: Json) -> bool:
        """Whether an address is this lead's."""
        return email_key(email) == email_key(self.email)


def plus(email: str, mark: str) -> str:
    """The address with a mark that its mailbox is not concerned with: `a@b` becomes `a+mark@b`.

    Raises:
        ValueError: there is no room for it.
    """
    local, _, domain = email.rpartition("@")
    marked = f"{local}{'-' if '+' in local else '+'}{mark}"
    if len(marked) > LONGEST_LOCAL_PART:
        raise ValueError("is too long to be marked")
    return f"{marked}@{domain}"


def is_trial(name: Json) -> bool:
    """Whether a lead's name says that it is a verification's."""
    return isinstance(name, str) and name.startswith(f"{MARK} ")


def phone_tail(phone: Json) -> str:
    """The last eight digits of a number; fewer if it has fewer."""
    return re.sub(r"\D", "", str(phone or ""))[-PHONE_TAIL:]


def sharing_phone(rows: Iterable[Record], trial: Trial) -> list[Record]:
    """The rows that the portal would take the test lead for, by its phone."""
    return [row for row in rows if phone_tail(row.get("phone")) == trial.tail]


def strangers(rows: Iterable[Record]) -> list[str]:
    """The ids of those that are no verification's."""
    return [str(row.get("id")) for row in rows if not is_trial(row.get("name"))]


def row_of(rows: Iterable[Record], trial: Trial) -> Record | None:
    """The newest row that the test lead was written into: a new one has its address, one written over only its note."""
    written = [row for row in rows if trial.is_at(row.get("email")) or trial.name in str(row.get("notes"))]
    return newest(written) if written else None


def newest(rows: Sequence[Record]) -> Record:
    """The one that was made last."""
    return max(rows, key=lambda row: str(row.get("created_at")))
