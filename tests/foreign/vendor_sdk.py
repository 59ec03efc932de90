"""Zoho's own SDK for Python (zohocrmsdk8-0), led to the sandbox by its own Environment; nothing of it is patched."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap, SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Record, RecordOperations
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import (
    GetDeletedRecordsHeader,
    GetDeletedRecordsParam,
    GetRecordsHeader,
    GetRecordsParam,
)

from sandbox.world import World

SCOPES = ("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.org.READ", "ZohoCRM.users.READ", "ZohoCRM.bulk.READ")


class VendorSdk:
    """The SDK signed in as its documentation says; it keeps its state in the process, so there is one at a time."""

    def __init__(self, world: World, folder: Path, *, refresh_token: str | None = None, **config: object) -> None:
        """Mint a token, and keep tokens and the fields' metadata in `folder`; `config` is SDKConfig's."""
        domain = world.zoho_api_domain
        self.token = OAuthToken(
            client_id=world.zoho_client_id,
            client_secret=world.zoho_client_secret,
            refresh_token=refresh_token or world.zoho_refresh_token,
        )
        Initializer.initialize(
            DataCenter.Environment(domain, f"{world.zoho_accounts_url}/oauth/v2/token", domain),
            self.token,
            store=FileStore(str(folder / "tokens.csv")),
            sdk_config=SDKConfig(**config),
            resource_path=str(folder),
        )
        self.leads = RecordOperations("Leads")

    def list(self, *, since: datetime | None = None, **parameters: object) -> Any:  # noqa: ANN401 - the SDK's own
        """Get Records; asks for Last_Name unless told otherwise."""
        wanted = _parameters(GetRecordsParam, {"fields": "Last_Name", **parameters})
        return self.leads.get_records(wanted, _since(GetRecordsHeader, since))

    def deleted(self, *, since: datetime | None = None, **parameters: object) -> Any:  # noqa: ANN401 - the same
        """Get Deleted Records."""
        wanted = _parameters(GetDeletedRecordsParam, parameters)
        return self.leads.get_deleted_records(wanted, _since(GetDeletedRecordsHeader, since))

    def insert(self, *leads: Mapping[str, object]) -> Any:  # noqa: ANN401 - the same
        """Insert Records."""
        return self.leads.create_records(_body(leads))

    def update(self, *leads: Mapping[str, object]) -> Any:  # noqa: ANN401 - the same
        """Update Records; each lead has its `id`."""
        return self.leads.update_records(_body(leads))


def names(reply: Any) -> list[str]:  # noqa: ANN401 - the same
    """The last names of a list, as the SDK read them."""
    return [record.get_key_value("Last_Name") for record in reply.get_object().get_data()]


def complaint(error: Any) -> tuple[str, str]:  # noqa: ANN401 - the same
    """Code and status of an error, as the SDK read them."""
    return error.get_code().get_value(), error.get_status().get_value()


def _parameters(known: Any, values: Mapping[str, object]) -> ParameterMap:  # noqa: ANN401 - the same
    parameters = ParameterMap()
    for name, value in values.items():
        parameters.add(getattr(known, name), value)
    return parameters


def _since(known: Any, moment: datetime | None) -> HeaderMap:  # noqa: ANN401 - the same
    headers = HeaderMap()
    if moment is not None:
        headers.add(known.if_modified_since, moment)
    return headers


def _body(leads: tuple[Mapping[str, object], ...]) -> BodyWrapper:
    records = []
    for lead in leads:
        record = Record()
        for name, value in lead.items():
            record.add_key_value(name, value)
        records.append(record)
    body = BodyWrapper()
    body.set_data(records)
    return body
