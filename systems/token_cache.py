"""Zoho's access token, kept in the backoffice: disks do not survive deployments, and tokens are rationed."""

import time
from collections.abc import Mapping
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from systems.backoffice import Backoffice
from systems.backoffice_answers import CacheEntry
from systems.settings import ZohoSettings
from systems.zoho_token import AccessToken

MINTING = 30
"""Seconds that a process has for minting before another one tries."""

PAUSE = 0.5
"""Seconds between two looks for what another process is minting."""


class _Kept(BaseModel):
    access_token: str
    api_domain: str


class CachedTokens:
    """A `TokenStore` over the backoffice's cache.

    The key contains a fingerprint of the credentials, so that a token never outlives a change of them.

    Args:
        settings: the credentials that the token was or will be minted from.
        cache: the cache as the context gave it.
        backoffice: where to share a new token; None shares nothing, for runs that must not write.
    """

    def __init__(
        self, settings: ZohoSettings, cache: Mapping[str, CacheEntry], backoffice: Backoffice | None = None
    ) -> None:
        self._key = f"zoho_access_token:{settings.fingerprint()}"
        self._entry = cache.get(self._key)
        self._backoffice = backoffice
        self._me = str(uuid4())

    def get(self) -> AccessToken | None:
        """The token that was in the cache when the run began, None if there was no usable one."""
        return _token(self._entry)

    def take(self, rejected: AccessToken | None) -> AccessToken | None:
        """A token that another process keeps or is minting; None if it is ours to mint one."""
        if self._backoffice is None:
            return None
        stale = rejected or self.get()
        useless = None if stale is None else _value(stale)
        deadline = time.monotonic() + MINTING
        while time.monotonic() < deadline:
            taken = self._backoffice.cache_take(self._key, useless, self._me, MINTING)
            if taken.entry is not None or taken.mine:
                return _token(taken.entry)
            time.sleep(PAUSE)
        return None

    def put(self, token: AccessToken) -> None:
        """Keeps a new token until it expires."""
        if self._backoffice is not None:
            self._backoffice.cache_put(self._key, _value(token), token.expires_at)


def _value(token: AccessToken) -> dict[str, str]:
    return {"access_token": token.access_token, "api_domain": token.api_domain}


def _token(entry: CacheEntry | None) -> AccessToken | None:
    if entry is None or entry.expires_at is None:
        return None
    try:
        kept = _Kept.model_validate(entry.value)
    except ValidationError:
        return None
    return AccessToken(access_token=kept.access_token, api_domain=kept.api_domain, expires_at=entry.expires_at)
