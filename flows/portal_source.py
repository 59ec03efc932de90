"""The portal as the backup flow reads it, and the question whether it is the backoffice itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.attempt import Attempt
from flows.outcome import Remark, Skip
from systems.portal import Portal, same_address
from systems.settings import PortalSettings
from tasks.extract_portal import PortalWalk
from tasks.parcels import Haul, Walk
from tasks.recall import Chain, Recalled

ONE = Remark(
    system="Portal",
    cause="portal and backoffice are one database, so there is nothing to bring over",
    cure="If they are not meant to be one, check PORTAL_SUPABASE_URL and BACKOFFICE_SUPABASE_URL.",
)


class PortalSource:
    """What the backup flow reads.

    Args:
        portal: the client.
        recalled: makes the walk over what a person asked to take up again.
        batch_size: rows in one read.
        maximum: rows in all; 0 for every row.

    Attributes:
        walked: the walk begun last, which is the one whose batches are written.
    """

    def __init__(self, portal: Portal, recalled: Recalled, *, batch_size: int, maximum: int) -> None:
        self.portal = portal
        self._recalled = recalled
        self._size = {"batch_size": batch_size, "maximum": maximum}
        self.walked: PortalWalk

    def all(self) -> Walk[Haul]:
        """A fresh walk over what a person asked to take up again, and then over all rows."""
        self.walked = PortalWalk(self.portal, **self._size)
        return Chain(*self._recalled(), self.walked)


@contextmanager
def portal_source(run: Attempt[PortalSettings]) -> Iterator[PortalSource]:
    """Opens the portal for a run."""
    with Portal(run.settings, tunables=run.tunables) as portal:
        yield PortalSource(portal, run.recalled, batch_size=run.tunables.batch_size, maximum=run.request.maximum)


def note_end(run: Attempt[PortalSettings], source: PortalSource) -> None:
    """Says that everything that was there at the run's beginning has been read, if that is so."""
    if source.walked.complete:
        run.read_until(run.context.now)


def skip_if_one_database(run: Attempt[PortalSettings], source: PortalSource) -> None:
    """Ends the run where portal and backoffice are one: by address, or because the portal's key sees our installation.

    Raises:
        Skip: if they are.
    """
    if same_address(run.settings.url, run.backoffice_settings.url):
        raise Skip(ONE)
    if source.portal.installation_id() == run.context.installation_id:
        raise Skip(ONE)
