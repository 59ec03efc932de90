"""The verification: one marked test lead through the whole chain, when a person asks for it."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.verification.chain import Chain
from flows.verification.removal import remove
from flows.verification.verified import Link, Verified

TIMEOUT = 3600
"""Seconds for the whole run, both syncs included."""


def _run_name() -> str:
    return f"verify {flow_run.scheduled_start_time:%Y-%m-%d %H:%MZ}"


@flow(name="verify-sync", flow_run_name=_run_name, timeout_seconds=TIMEOUT, persist_result=False)
def verify(
    confirm_side_effects: bool = False,  # noqa: FBT001, FBT002 - a form's field
) -> State[Verified]:
    """Sends a marked test lead through portal, Zoho CRM and both syncs, and fails at the first link that is broken.

    On the real portal such a lead causes a contract, an e-mail, an SMS and chat messages; address and number are the
    operator's own (VERIFY_EMAIL, VERIFY_PHONE). In the end it is taken out of the backoffice; what is left in portal
    and Zoho is listed, to be removed by hand.

    Args:
        confirm_side_effects: You know what a test lead causes. Without this nothing is done.
    """
    done = Verified()
    with Chain(done) as chain:
        done.go(Link.READY, lambda: chain.ready(side_effects=confirm_side_effects))
        done.go(Link.PORTAL, chain.submit)
        done.go(Link.ZOHO, chain.reach_zoho)
        done.go(Link.PRIMARY, chain.reach_backoffice)
        done.go(Link.BACKUP, chain.meet)
        done.go(Link.RECORD, chain.on_record)
        removing = done.go_anyhow if chain.submitted else done.go
        removing(Link.REMOVAL, lambda: remove(chain, done))
    return done.state()
