"""The settings of conformance/README.md, turned into a validator. A service that has a trust anchor needs little of it."""

import base64
import json

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from gatehouse_validator import Key, Validator, import_jwk, import_keys

MAX_TOLERANCE_SECONDS = 60
MIN_DIFFERENT_BYTES = 8
MAX_ANCHORS = 4
OWN = {"issuer": "iss", "audience": "aud", "max_token_seconds": "max_token_seconds"}


def validator_with(settings, **surroundings):
    """`surroundings` are those of Validator: read_log, now_ms, monotonic_ms. Raises ValueError."""
    sources = [name for name in ("trust_anchor", "jwks", "jwt_secret") if name in settings]
    if len(sources) != 1:
        raise ValueError("give one of trust_anchor, jwks and jwt_secret")
    tolerance = settings.get("clock_tolerance_seconds", 30)
    if not 0 <= tolerance <= MAX_TOLERANCE_SECONDS:
        raise ValueError("clock_tolerance_seconds is out of range")
    own = {claim: settings[name] for name, claim in OWN.items() if name in settings}
    surroundings |= {"own": own, "tolerance": tolerance}

    if sources == ["trust_anchor"]:
        validator = Validator(trust_anchors(settings["trust_anchor"]), **surroundings)
        if "key_bundle" in settings:
            validator.offer(settings["key_bundle"])
        return validator
    if not own.get("iss") or not own.get("aud") or "key_bundle" in settings:
        raise ValueError("without a trust_anchor issuer and audience are required, and a key_bundle has no use")
    keys = import_keys(settings["jwks"]["keys"]) if "jwks" in settings else secret(settings["jwt_secret"])
    return Validator(keys=keys, **surroundings)


def trust_anchors(text):
    """The public root key; while it is being changed several: PEM blocks, a list of JWKs, or DER with commas between."""
    text = text.strip()
    if text.startswith("["):
        texts = [json.dumps(jwk) for jwk in json.loads(text)]
    elif text.startswith("-----BEGIN"):
        texts = ["-----BEGIN" + block for block in text.split("-----BEGIN")[1:]]
    else:
        texts = [text] if text.startswith("{") else text.split(",")
    if not 1 <= len(texts) <= MAX_ANCHORS:
        raise ValueError("trust_anchor names no root key, or too many")
    return [trust_anchor(one) for one in texts]


def trust_anchor(text):
    """One public root key: PEM, a JWK, or base64 of its DER."""
    text = text.strip()
    try:
        if text.startswith("{"):
            jwk = json.loads(text)
            key = import_jwk({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        elif text.startswith("-----BEGIN"):
            key = Key(serialization.load_pem_public_key(text.replace("\\n", "\n").encode()))
        else:
            der = text.replace("-", "+").replace("_", "/")
            key = Key(serialization.load_der_public_key(base64.b64decode(der + "=" * (-len(der) % 4))))
    except (KeyError, UnsupportedAlgorithm):
        raise ValueError("trust_anchor is no public key") from None
    if key.algorithm != "ES256":
        raise ValueError("trust_anchor is not a P-256 key")
    return key


def secret(text):
    """The shared secret of the HS256 mode. A public key taken for one is the oldest forgery of them all."""
    if "-----BEGIN" in text or '"kty"' in text or len(set(text.encode())) < MIN_DIFFERENT_BYTES:
        raise ValueError("jwt_secret is a key, or repeats itself")
    return Key(text.encode())
