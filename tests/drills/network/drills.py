"""All drills of the network."""

from tests.drills.network import answers, clocks, database, disk, storms, tokens, unreachable

DRILLS = (
    *answers.DRILLS,
    *storms.DRILLS,
    *unreachable.DRILLS,
    *clocks.DRILLS,
    *tokens.DRILLS,
    *database.DRILLS,
    *disk.DRILLS,
)
