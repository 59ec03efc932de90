"""The portal as the backup flow reads it, and the question whether it is the backoffice itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flows.attempt import Attempt
from flows.outcome import Remark
from systems.portal import Portal, same_address
from systems.settings import PortalSettings
from tasks.extract_portal import PortalWalk

SAME = Remark(
    system="Portal",
    cause="portal and backoffice are one database, so there is nothing to bring over",
    cure="If they are not meant to be one, check PORTAL_SUPABASE_URL and BACKOFFICE_SUPABASE_URL.",
)


@dataclass(frozen=True)
class PortalSource:
    """What the backup flow reads; `is_backoffice` says that it must not."""

    rows: PortalWalk
    is_backoffice: bool


@contextmanager
def portal_source(run: Attempt[PortalSettings]) -> Iterator[PortalSource]:
    """Opens the portal for a run."""
    with Portal(run.settings, tunables=run.tunables) as portal:
        walk = PortalWalk(portal, batch_size=run.tunables.batch_size, maximum=run.request.maximum)
        yield PortalSource(walk, is_backoffice=_is_backoffice(run, portal))


def _is_backoffice(run: Attempt[PortalSettings], portal: Portal) -> bool:
    """Whether both addresses are one, or the portal's key sees our own installation behind another address."""
    return (
        same_address(run.settings.url, run.backoffice_settings.url)
        or portal.installation_id() == run.context.installation_id
    )
