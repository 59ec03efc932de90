"""The backoffice: whether it answers, and whether it has our migrations."""

from collections.abc import Iterator

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Unseen, Verdict, error, fine, warning
from systems.backoffice import SCHEMA_VERSION

MIGRATE = "Run `supabase db push` on it, or psql with each file of supabase/migrations/ in order."


def answers(case: Case) -> Iterator[Verdict]:
    """Whether its key may call functions, ours or none."""
    case.installed()
    yield fine("it answers, and takes its key")


def migrations(case: Case) -> Iterator[Verdict]:
    """Whether its migrations are as new as this leadsync."""
    installed = case.installed()
    if installed is None:
        yield error("its migrations are missing", MIGRATE)
        return
    version = installed.answer.get("schema_version", 0)
    if version < SCHEMA_VERSION:
        yield error(f"its migrations are of version {version}, and this leadsync needs {SCHEMA_VERSION}", MIGRATE)
    else:
        yield _newest(case, version)


def _newest(case: Case, version: int) -> Verdict:
    """Not every migration raises the version; the function that doctor asks is the newest."""
    try:
        case.diagnosis()
    except Unseen:
        return warning("its migrations are older than this leadsync, so that doctor sees less", MIGRATE)
    return fine(f"its migrations are there, version {version}")


CHECKS = (
    Check("backoffice-answers", "Backoffice", answers),
    Check("migrations", "Backoffice", migrations),
)
