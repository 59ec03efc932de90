"""The API keys of the sandbox's two projects: invented, public, and good for nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

ALGORITHM = "HS256"
SHORT_LIFE = timedelta(minutes=1)
LEGACY_ISSUED = datetime(2026, 1, 1, tzinfo=UTC)
LEGACY_EXPIRES = datetime(2036, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Keys:
    """One project's keys.

    Attributes:
        ref: The project's reference, part of the legacy keys.
        secret_key: `sb_secret_…`, acts as service_role.
        publishable_key: `sb_publishable_…`, acts as anon.
        jwt_secret: Signs the legacy keys and what PostgREST is shown.
    """

    ref: str
    secret_key: str
    publishable_key: str
    jwt_secret: str

    @property
    def legacy_service_key(self) -> str:
        """The older form of the secret key: a JWT that names service_role."""
        return self._legacy("service_role")

    @property
    def legacy_anon_key(self) -> str:
        """The older form of the publishable key: a JWT that names anon."""
        return self._legacy("anon")

    def token_for(self, key: str, *, now: datetime) -> str | None:
        """The token to show PostgREST for an API key.

        Args:
            key: What the caller sent as `apikey`.
            now: The time, for the life of a minted token.

        Returns:
            A token that lives a minute, the key itself if it is a valid legacy key, or None for a stranger's.
        """
        roles = {self.secret_key: "service_role", self.publishable_key: "anon"}
        if key in roles:
            return self._mint(roles[key], issued=now, expires=now + SHORT_LIFE)
        return key if self._is_legacy(key) else None

    def _is_legacy(self, key: str) -> bool:
        try:
            claims = jwt.decode(key, self.jwt_secret, algorithms=[ALGORITHM])
        except jwt.InvalidTokenError:
            return False
        return claims.get("role") in {"service_role", "anon"}

    def _legacy(self, role: str) -> str:
        return self._mint(role, issued=LEGACY_ISSUED, expires=LEGACY_EXPIRES, ref=self.ref)

    def _mint(self, role: str, *, issued: datetime, expires: datetime, **claims: str) -> str:
        content = {"iss": "supabase", "role": role, "iat": issued, "exp": expires, **claims}
        return jwt.encode(content, self.jwt_secret, algorithm=ALGORITHM)


PORTAL = Keys(
    ref="sandboxportalsandbox",
    secret_key="sb_secret_SandboxPortalSecretKey_Sandbox1",
    publishable_key="sb_publishable_SandboxPortalPublicKey_Sandbox1",
    jwt_secret="sandbox-portal-signing-secret-for-nobody-else",
)
BACKOFFICE = Keys(
    ref="sandboxbackofficesan",
    secret_key="sb_secret_SandboxBackofficeSecre_Sandbox2",
    publishable_key="sb_publishable_SandboxBackofficePubli_Sandbox2",
    jwt_secret="sandbox-backoffice-signing-secret-for-nobody-else",
)
OF_PROJECT = {"portal": PORTAL, "backoffice": BACKOFFICE}
