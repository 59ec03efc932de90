"""The task `load-backoffice`: writes what was decided."""

from leads.counts import Counts
from tasks.desk import Desk
from tasks.parcels import Parcel
from tasks.step import logger, step


@step("load-backoffice")
def load_backoffice(desk: Desk, parcel: Parcel) -> Counts:
    """Writes a batch in one transaction and says what became of it; repeating it writes nothing twice."""
    counts = parcel.load(desk)
    logger.info("load-backoffice: %s: %s", parcel, counts_line(counts))
    return counts


def counts_line(counts: Counts) -> str:
    """Counts as text, such as `fetched 200, inserted 3, unchanged 197`; what is zero is left out."""
    told = [f"{name.replace('_', ' ')} {number}" for name, number in counts.as_dict().items() if number]
    return ", ".join(told) or "no records"
