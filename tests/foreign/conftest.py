"""What the clients of others share: the server, an ear on the wire, and the vendor's SDK signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.world import World
from tests.foreign.vendor_sdk import SCOPES, VendorSdk
from tests.foreign.wire import Exchange, listening
from tests.integration.zoho_visitor import Visitor, visit


@pytest.fixture
def zoho(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """The Zoho server as it was in the beginning, with the one scope more that the SDK asks for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with visit(world) as visitor:
        visitor.control("POST", "scopes", {"scopes": SCOPES})
        yield visitor


@pytest.fixture
def heard(zoho: Visitor) -> Iterator[list[Exchange]]:
    """What a client in this process sends."""
    assert zoho
    with listening() as exchanges:
        yield exchanges


@pytest.fixture
def sdk(heard: list[Exchange], world: World, tmp_path: Path) -> VendorSdk:
    """The SDK, signed in; what it sent for that is forgotten."""
    signed_in = VendorSdk(world, tmp_path)
    heard.clear()
    return signed_in
