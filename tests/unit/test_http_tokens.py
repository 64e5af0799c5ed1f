"""Whom a token lets in. Keys and tokens are real; only the issuer's address is a file."""

import base64
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from chassis.errors import Unavailable
from chassis.http import keys as keys_module
from chassis.http.keys import Keys
from chassis.http.tokens import Caller, NotAuthenticated, Tokens

RSA = RSAKey.generate_key(2048, {"use": "sig", "kid": "rsa"})
EC = ECKey.generate_key("P-256", {"use": "sig", "kid": "ec"})


def published(folder, *keys):
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
    return path.as_uri()


def tokens_of(url):
    return Tokens(Keys(url), issuer="https://issuer.test", audience="mentoring")


@pytest.fixture
def tokens(tmp_path):
    return tokens_of(published(tmp_path, RSA, EC))


def a_token(key=EC, algorithm="ES256", *, header=None, **claims):
    told = {"iss": "https://issuer.test", "aud": "mentoring", "sub": "p-1", "roles": ["participant"]}
    told |= {"exp": int(time.time()) + 60} | claims
    told = {name: value for name, value in told.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": key.kid, **(header or {})}, told, key, algorithms=[algorithm])


async def refusal(tokens, header):
    with pytest.raises(NotAuthenticated) as caught:
        await tokens.caller(header)
    return str(caught.value)


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "RS256")])
async def test_a_valid_token_says_who_calls(tokens, key, algorithm):
    token = a_token(key, algorithm, roles=["coordinator", "made-up"], scope="people:write people:read")
    caller = await tokens.caller(f"Bearer {token}")
    assert caller == Caller("p-1", frozenset({"coordinator"}), frozenset({"people:write", "people:read"}))


@pytest.mark.parametrize("audience", ["mentoring", ["other", "mentoring"]])
async def test_one_of_several_audiences_is_enough(tokens, audience):
    assert (await tokens.caller(f"bearer  {a_token(aud=audience)}")).subject == "p-1"


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer ", "Bearer ä", f"Bearer {'x' * 9000}"])
async def test_what_is_no_token_is_refused_with_the_way_out(tokens, header):
    assert "Authorization: Bearer" in await refusal(tokens, header)


@pytest.mark.parametrize("text", ["x", "a.b.c", "....", "e30.e30.e30", "eyJhbGciOiJFUzI1NiJ9..", "\0.\0.\0"])
async def test_what_cannot_be_read_is_refused(tokens, text):
    assert await refusal(tokens, f"Bearer {text}")


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": -31}, "expired"),
        ({"exp": None}, "has no `exp`"),
        ({"exp": "tomorrow"}, "`exp` does not make sense"),
        ({"nbf": 60}, "not valid yet"),
        ({"aud": "payroll"}, "another audience"),
        ({"aud": None}, "has no `aud`"),
        ({"iss": "https://evil.test"}, "another issuer"),
        ({"sub": None}, "has no `sub`"),
        ({"sub": ""}, "`sub`"),
        ({"sub": 7}, "`sub`"),
        ({"sub": "a\nb"}, "`sub`"),
        ({"roles": "administrator"}, "`roles` does not make sense"),
        ({"scope": ["a"]}, "`scope` does not make sense"),
    ],
)
async def test_a_claim_that_does_not_fit_is_named(tokens, claims, words):
    now = int(time.time())  # instants are given in seconds from now: the list is read long before the test runs
    claims = {
        name: now + value if name in {"exp", "nbf"} and isinstance(value, int) else value
        for name, value in claims.items()
    }
    assert words in await refusal(tokens, f"Bearer {a_token(**claims)}")


async def test_clocks_may_differ_a_little(tokens):
    assert await tokens.caller(f"Bearer {a_token(exp=int(time.time()) - 10, nbf=int(time.time()) + 10)}")


def by_hand(header, sign):
    """A token of which no library would sign the like."""
    claims = {"iss": "https://issuer.test", "aud": "mentoring", "sub": "p-1", "exp": int(time.time()) + 60}
    body = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{body}.{encoded(sign(body.encode()))}"


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_a_token_without_a_signature_is_refused(tokens, algorithm):
    unsigned = by_hand({"alg": algorithm, "kid": "rsa"}, lambda _: b"")
    assert "RS256 or ES256" in await refusal(tokens, f"Bearer {unsigned}")


@pytest.mark.parametrize("secret", [RSA.as_pem(private=False), RSA.as_der(private=False)])
async def test_a_public_key_is_no_shared_secret(tokens, secret):
    forged = by_hand({"alg": "HS256", "kid": "rsa"}, lambda body: hmac.digest(secret, body, "sha256"))
    assert "RS256 or ES256" in await refusal(tokens, f"Bearer {forged}")


async def test_a_signature_by_somebody_else_is_refused(tokens):
    stranger = ECKey.generate_key("P-256", {"kid": "ec"})
    assert "signature" in await refusal(tokens, f"Bearer {a_token(stranger)}")


async def test_a_token_that_brings_its_own_key_is_refused(tokens):
    stranger = ECKey.generate_key("P-256", {"kid": "ec"})
    token = a_token(stranger, header={"jwk": stranger.as_dict(private=False)})
    assert "signature" in await refusal(tokens, f"Bearer {token}")


async def test_the_algorithm_must_fit_the_key(tokens):
    assert await refusal(tokens, f"Bearer {a_token(RSA, 'RS256', header={'kid': 'ec'})}")


async def test_a_changed_token_is_refused(tokens):
    head, _, signature = a_token().split(".")
    body = base64.urlsafe_b64encode(b'{"sub":"p-2"}').rstrip(b"=").decode()
    assert "signature" in await refusal(tokens, f"Bearer {head}.{body}.{signature}")


async def test_a_new_key_is_found_without_a_restart_but_strangers_cannot_make_us_ask(tmp_path, monkeypatch):
    tokens = tokens_of(published(tmp_path, EC))
    await tokens.caller(f"Bearer {a_token()}")
    published(tmp_path, RSA, EC)
    assert "does not publish" in await refusal(tokens, f"Bearer {a_token(RSA, 'RS256')}")  # asked just now
    monkeypatch.setattr(keys_module, "PAUSE_SECONDS", 0.0)
    assert await tokens.caller(f"Bearer {a_token(RSA, 'RS256')}")


async def test_a_withdrawn_key_is_forgotten(tmp_path, monkeypatch):
    tokens = tokens_of(published(tmp_path, RSA, EC))
    await tokens.caller(f"Bearer {a_token()}")
    published(tmp_path, RSA)
    monkeypatch.setattr(keys_module, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(keys_module, "KEPT_SECONDS", 0.0)
    assert "does not publish" in await refusal(tokens, f"Bearer {a_token()}")


async def test_a_key_that_was_replaced_under_its_name_no_longer_opens_what_it_signed(tmp_path, monkeypatch):
    tokens = tokens_of(published(tmp_path, EC))
    await tokens.caller(f"Bearer {a_token()}")
    published(tmp_path, ECKey.generate_key("P-256", {"use": "sig", "kid": EC.kid}))
    monkeypatch.setattr(keys_module, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(keys_module, "KEPT_SECONDS", 0.0)
    assert "signature" in await refusal(tokens, f"Bearer {a_token()}")


async def test_an_issuer_that_is_away_locks_nobody_out_who_was_known(tmp_path, monkeypatch):
    url = published(tmp_path, EC)
    tokens = tokens_of(url)
    await tokens.caller(f"Bearer {a_token()}")
    (tmp_path / "jwks.json").unlink()
    monkeypatch.setattr(keys_module, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(keys_module, "KEPT_SECONDS", 0.0)
    assert await tokens.caller(f"Bearer {a_token()}")


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"keys": 1}', '{"keys": [{"kty": "RSA"}]}', '{"keys": ["a"]}'])
async def test_without_any_key_the_answer_is_to_come_again(tmp_path, text):
    if text is not None:
        (tmp_path / "jwks.json").write_text(text)
    with pytest.raises(Unavailable, match="cannot be fetched"):
        await tokens_of((tmp_path / "jwks.json").as_uri()).caller(f"Bearer {a_token()}")


@pytest.mark.filterwarnings("ignore:Key size")
async def test_weak_and_foreign_keys_are_not_used(tmp_path):
    weak = RSAKey.generate_key(1024, {"kid": "weak"}, auto_kid=False)
    encrypting = ECKey.generate_key("P-256", {"kid": "enc", "use": "enc"})
    other = ECKey.generate_key("P-384", {"kid": "p384"})
    tokens = tokens_of(published(tmp_path, weak, encrypting, other, EC))
    assert await tokens.caller(f"Bearer {a_token()}")
    assert "does not publish" in await refusal(tokens, f"Bearer {a_token(weak, 'RS256')}")
