"""`leadsync export`: all that is held on one person, as JSON on stdout alone."""

import json

from flows.subject import Subject
from systems.backoffice import Backoffice
from systems.errors import Refused
from systems.settings import BackofficeSettings, Tunables, load


def export(subject: str, /) -> int:
    """Print all that leadsync and the backoffice's leads hold on a person, as one JSON object.

    Records in review that only may be theirs are named without their content: decide on them first.

    Args:
        subject: The lead's id in the backoffice; or one of its source records, as zoho:ID or portal:ID.
    """
    person = Subject.read(subject)
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        held = person.held(backoffice)
    if held.nothing:
        cure = "Give a lead's id, zoho:ID or portal:ID; a forgotten person is known no more."
        raise Refused("Backoffice", "it holds nothing on them", cure)
    print(json.dumps(held.export(), ensure_ascii=False, indent=2))
    return 0
