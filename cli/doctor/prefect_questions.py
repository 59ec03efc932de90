"""What doctor asks a Prefect server. Importing it imports Prefect, which takes seconds."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

# Sets Prefect's environment, so it comes before everything that imports Prefect.
from cli.prefect_api import api_url, prefect_errors  # isort: skip

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound

from cli.doctor.prefect_facts import Access, Deployed, Plan, Pool, Reach, Server
from deployments import automations, telegram_block
from deployments.blueprint import POOL, planned
from systems.addresses import is_loopback
from systems.errors import Misconfigured, Unavailable
from systems.settings import Tunables
from systems.transport import http_client, json_body

MOST = 200
"""Late runs and automations that are asked for."""


def access(tunables: Tunables) -> Access:
    """Whether a server answers at PREFECT_API_URL, and whom it lets in.

    Raises:
        Misconfigured: nothing is set, or something else answers there.
        Unavailable: nothing answers.
    """
    url = api_url()
    if url is None:
        cure = "Start a server (README, Real systems) and set PREFECT_API_URL to its address, which ends in /api."
        raise Misconfigured("Prefect", "PREFECT_API_URL is not set, so nothing can be started by itself", cure)
    try:
        with prefect_errors(), get_client(sync_client=True) as client:
            healthy = _is_api(client)
    except Unavailable as problem:
        cure = "Start it (`prefect server start`), or check PREFECT_API_URL."
        raise Unavailable("Prefect", problem.cause, cure) from None
    if not healthy:
        cure = "Check PREFECT_API_URL, which ends in /api."
        raise Misconfigured("Prefect", "what answers at its address is no Prefect API", cure)
    parts = urlsplit(url)
    host = parts.hostname or ""
    return Access(
        host=host, encrypted=parts.scheme == "https", reach=reach(host), open_to_all=_lets_strangers_in(url, tunables)
    )


def _is_api(client: SyncPrefectClient) -> bool:
    """Whether its health check answers as Prefect's does; an address without /api has a page or nothing there."""
    try:
        return json_body(client.request("GET", "/health")) is True
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.NOT_FOUND:
            return False
        raise


def _lets_strangers_in(url: str, tunables: Tunables) -> bool:
    """Whether it answers without credentials; a connection that only Prefect's own settings can make counts as no."""
    try:
        with http_client(tunables) as http:
            return http.get(f"{url}/admin/version").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def reach(host: str) -> Reach:
    """From where a host can be reached, by its addresses as they are told here."""
    if is_loopback(host):
        return Reach.HERE
    found = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in socket.getaddrinfo(host, None)]
    if all(address.is_loopback for address in found):
        return Reach.HERE
    return Reach.PUBLIC if any(address.is_global for address in found) else Reach.PRIVATE


def server() -> Server:
    """What the server has, asked with the credentials that are set here.

    Raises:
        Misconfigured: it refuses them.
        Unavailable: it does not answer.
    """
    with prefect_errors(), get_client(sync_client=True) as client:
        version = _ask(client, "GET", "/admin/version")
        found = _ask(client, "POST", "/automations/filter", limit=MOST)
        return Server(
            version=str(version),
            leases=_leases(client),
            pool=_pool(client),
            deployments=dict(_deployments(client)),
            automations={one["name"]: bool(one["enabled"]) for one in found},
        )


def plan(*, telegram: bool) -> Plan:
    """What it should have, with automations that write to Telegram or without."""
    deployments = planned()
    own = automations.names({telegram_block.NAME} if telegram else set())
    return Plan(deployments=deployments, automations=own + [name for one in deployments for name in one.automations])


def _ask(client: SyncPrefectClient, method: Any, path: Any, **body: object) -> Any:  # noqa: ANN401 - JSON
    return client.request(method, path, json=body or None).json()


def _leases(client: SyncPrefectClient) -> str | None:
    with suppress(httpx.HTTPStatusError):
        return str(_ask(client, "GET", "/admin/settings")["server"]["concurrency"]["lease_storage"])
    return None


def _pool(client: SyncPrefectClient) -> Pool | None:
    with suppress(ObjectNotFound):
        pool = client.read_work_pool(POOL)
        workers = _ask(client, "POST", f"/work_pools/{POOL}/workers/filter", limit=MOST)
        online = tuple(worker["name"] for worker in workers if worker["status"] == "ONLINE")
        return Pool(paused=pool.is_paused, online=online)
    return None


def _deployments(client: SyncPrefectClient) -> Iterator[tuple[str, Deployed]]:
    for wanted in planned():
        with suppress(ObjectNotFound):
            yield wanted.name, _deployed(client, client.read_deployment_by_name(wanted.name).model_dump(mode="json"))


def _deployed(client: SyncPrefectClient, there: dict[str, Any]) -> Deployed:
    late = {"flow_runs": {"deployment_id": {"any_": [there["id"]]}, "state": {"name": {"any_": ["Late"]}}}}
    runs = _ask(client, "POST", "/flow_runs/filter", **late, limit=MOST, sort="EXPECTED_START_TIME_ASC")
    active = [entry["schedule"] for entry in there["schedules"] if entry["active"]]
    return Deployed(
        paused=bool(there["paused"]),
        pool=there["work_pool_name"],
        parameters=there["parameters"],
        schedules=frozenset((str(one.get("cron") or "no cron"), str(one.get("timezone") or "UTC")) for one in active),
        inactive=len(there["schedules"]) - len(active),
        late=tuple(datetime.fromisoformat(run["expected_start_time"]) for run in runs),
    )
