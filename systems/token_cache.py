"""Zoho's access token, kept in the backoffice: disks do not survive deployments, and tokens are rationed."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from systems.backoffice import Backoffice
from systems.backoffice_answers import CacheEntry
from systems.settings import ZohoSettings
from systems.zoho_token import AccessToken


class _Kept(BaseModel):
    access_token: str
    api_domain: str


class CachedTokens:
    """A `TokenStore` over the backoffice's cache.

    The key contains a fingerprint of the credentials, so that a token never outlives a change of them.

    Args:
        settings: the credentials that the token was or will be minted from.
        cache: the cache as the context gave it.
        backoffice: where to keep a new token; None keeps nothing, for runs that must not write.
    """

    def __init__(
        self, settings: ZohoSettings, cache: Mapping[str, CacheEntry], backoffice: Backoffice | None = None
    ) -> None:
        self._key = f"zoho_access_token:{settings.fingerprint()}"
        self._entry = cache.get(self._key)
        self._backoffice = backoffice

    def get(self) -> AccessToken | None:
        """The token that was in the cache, None if there was no usable one."""
        if self._entry is None or self._entry.expires_at is None:
            return None
        try:
            kept = _Kept.model_validate(self._entry.value)
        except ValidationError:
            return None
        return AccessToken(
            access_token=kept.access_token, api_domain=kept.api_domain, expires_at=self._entry.expires_at
        )

    def put(self, token: AccessToken) -> None:
        """Keeps a new token until it expires."""
        if self._backoffice is not None:
            value = {"access_token": token.access_token, "api_domain": token.api_domain}
            self._backoffice.cache_put(self._key, value, token.expires_at)
