"""Who is calling: bearer tokens signed with RS256 or ES256 by the company's identity provider."""

import time
from dataclasses import dataclass
from typing import Any

from joserfc import errors as jose
from joserfc import jws, jwt

from chassis.http.keys import Key, Keys

ALGORITHMS = ["RS256", "ES256"]  # nothing symmetric and not `none`: a public key must never become a secret
ROLES = frozenset({"participant", "coordinator", "administrator", "system"})
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 8_192
LONGEST_SUBJECT = 200
REMEMBERED = 2_000
"""Signatures that need not be checked again: people send several requests with one token."""

_GET_ONE = "Send a valid access token: `Authorization: Bearer …`."


class NotAuthenticated(Exception):
    """There is no valid token. The message says what is wrong with it and what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as their token says."""

    subject: str
    """The person's id for a participant; else what the identity provider calls them."""
    roles: frozenset[str]
    scopes: frozenset[str] = frozenset()

    def has(self, *roles: str) -> bool:
        """Whether they have at least one of these roles."""
        return not self.roles.isdisjoint(roles)


class Tokens:
    """Checks tokens. Their time is real time: a test clock must not expire or revive one."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._signed: dict[str, tuple[Key, dict[str, Any]]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(time.time()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def caller(self, authorization: str | None) -> Caller:
        """Who sent this `Authorization` header."""
        token = _token(authorization)
        claims = await self._verified(token)
        try:
            self._claims.validate(claims)
        except jose.JoseError as error:
            raise NotAuthenticated(_why(error)) from None
        return _caller(claims)

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
            key = await self._keys.find(key_id)
            if key is None:
                raise NotAuthenticated(f"the token is signed with a key that its issuer does not publish. {_GET_ONE}")
            return self._signed_by(key, token)
        except (jose.JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(_why(error)) from None

    def _signed_by(self, key: Key, token: str) -> dict[str, Any]:
        """The claims, if this key signed them. That never changes, unlike whether they hold or the key is in use."""
        known = self._signed.get(token)
        if known is None or known[0] is not key:
            known = self._signed[token] = key, dict(jwt.decode(token, key, algorithms=ALGORITHMS).claims)
            if len(self._signed) > REMEMBERED:
                del self._signed[next(iter(self._signed))]
        return known[1]


def _token(authorization: str | None) -> str:
    if not authorization:
        raise NotAuthenticated(f"there is no access token. {_GET_ONE}")
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise NotAuthenticated(f"the Authorization header is not a bearer token. {_GET_ONE}")
    if len(token) > LONGEST_TOKEN:
        raise NotAuthenticated(f"the token is longer than {LONGEST_TOKEN} characters. {_GET_ONE}")
    return token


def _why(error: Exception) -> str:
    claim = getattr(error, "claim", None)
    if isinstance(error, jose.ExpiredTokenError):
        return "the token has expired. Get a new one from your identity provider and send the request again."
    if isinstance(error, jose.MissingClaimError):
        return f"the token has no `{claim}`. {_GET_ONE}"
    if isinstance(error, jose.InvalidClaimError):
        return _why_claim(str(claim))
    if isinstance(error, (jose.UnsupportedAlgorithmError, jose.UnsupportedKeyAlgorithmError)):
        return f"tokens must be signed with {' or '.join(ALGORITHMS)}. {_GET_ONE}"
    if isinstance(error, (jose.BadSignatureError, jose.InvalidKeyTypeError)):
        return f"the token's signature does not fit. {_GET_ONE}"
    return f"the token cannot be read. {_GET_ONE}"


def _why_claim(claim: str) -> str:
    match claim:
        case "aud":
            return "the token was issued for another audience. Ask your identity provider for one meant for this API."
        case "iss":
            return f"the token comes from another issuer. {_GET_ONE}"
        case "nbf" | "iat":
            return "the token is not valid yet. Check the clock of who issued it."
        case _:
            return f"the token's `{claim}` does not make sense. {_GET_ONE}"


def _caller(claims: dict[str, Any]) -> Caller:
    subject, roles, scope = claims["sub"], claims.get("roles", []), claims.get("scope", "")
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotAuthenticated(_why_claim("sub"))
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise NotAuthenticated(_why_claim("roles"))
    if not isinstance(scope, str):
        raise NotAuthenticated(_why_claim("scope"))
    return Caller(subject, ROLES.intersection(roles), frozenset(scope.split()))
