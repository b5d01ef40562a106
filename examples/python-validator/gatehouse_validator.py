"""A validator of Gatehouse access tokens in one file: tokens, key bundles, the revocation feed, freshness.

It asks nobody while it judges: whoever uses it carries key bundles to `Validator.offer`, announcements to
`Feed.notice`, and the log through a function that reads it. J1 and F3 are rows of conformance/README.md.
"""

import base64
import hmac
import json
import re
import time
from collections import deque
from contextlib import suppress
from itertools import starmap
from math import inf

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

MAX_TOKEN_CHARACTERS = 8 * 1024
MAX_BUNDLE_CHARACTERS = 64 * 1024
CLOSED_SECONDS = 5
FEED_START = "0-0"
SCOPES = ("sid", "sub", "jti", "client", "device", "kid", "before")


class Refusal(Exception):
    """A token is refused: the reason, and a sentence without any part of it. All else that is wrong is a ValueError."""

    reason = property(lambda self: self.args[0])


def decode(part):
    """The bytes of a base64url part, written the one way these bytes are written (J9)."""
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if not part or base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode():
        raise ValueError("not canonical base64url")
    return data


def unique_members(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate JSON members")
    return dict(pairs)


def json_object(data):
    """A JSON object in UTF-8, without a duplicate member at any depth (J10). Numbers are their values: 1e3 is 1000."""
    try:  # NaN and Infinity are no JSON, and no int either.
        value = json.loads(str(data, "utf-8"), object_pairs_hook=unique_members, parse_float=number, parse_constant=int)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def parse_jws(text):
    """Header, payload bytes, signature, and what was signed. Nothing of it is verified."""
    header, payload, signature = text.split(".")
    return json_object(decode(header)), decode(payload), decode(signature), f"{header}.{payload}".encode()


def check_signature(header, signature, signed, key):
    """Raises ValueError. The key decides the algorithm, the header only has to agree (J1), without extensions (J8)."""
    if header.get("alg") != key.algorithm or any(member in header for member in ("crit", "b64", "zip")):
        raise ValueError('"alg" is not the one the key serves, or an extension is not supported')
    if not key.has_signed(signed, signature):
        raise ValueError("signature does not match")


class Key:
    """A key and the one algorithm that its type allows (J1, J2)."""

    def __init__(self, key):
        self.key = key
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
            self.algorithm = "ES256"
        elif isinstance(key, ed25519.Ed25519PublicKey):
            self.algorithm = "EdDSA"
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048 and key.public_numbers().e == 65537:
            self.algorithm = "RS256"
        elif isinstance(key, bytes) and len(key) >= 32:
            self.algorithm = "HS256"
        else:
            raise ValueError("key is weak or of another kind")

    def has_signed(self, data, signature):
        try:
            if self.algorithm == "HS256":
                return hmac.compare_digest(hmac.digest(self.key, data, "sha256"), signature)
            if self.algorithm == "EdDSA":
                self.key.verify(signature, data)
            elif self.algorithm == "RS256":
                self.key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            else:  # r and s, 32 bytes each (RFC 7518 section 3.4)
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                self.key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
                return len(signature) == 64
            return True
        except InvalidSignature:
            return False


def import_jwk(jwk):
    """The public half of a JWK that is meant for verifying. Raises ValueError."""
    integer = lambda name: int.from_bytes(decode(jwk[name]), "big")
    makers = {
        "EC": lambda: ec.EllipticCurvePublicNumbers(integer("x"), integer("y"), ec.SECP256R1()).public_key(),
        "OKP": lambda: ed25519.Ed25519PublicKey.from_public_bytes(decode(jwk["x"])),
        "RSA": lambda: rsa.RSAPublicNumbers(integer("e"), integer("n")).public_key(),
        "oct": lambda: decode(jwk["k"]),
    }
    try:
        key = Key(makers[jwk["kty"]]())
        curve = {"EC": "P-256", "OKP": "Ed25519"}.get(jwk["kty"])
        is_to_verify = jwk.get("use", "sig") == "sig" and "verify" in jwk.get("key_ops", ["verify"])
    except (KeyError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a valid key") from None
    if not is_to_verify or jwk.get("crv") != curve or jwk.get("alg", key.algorithm) != key.algorithm:
        raise ValueError("key is for something else")
    return key


def import_keys(jwks):
    """The usable keys of a list by `kid`. Secrets are left out: what is published is none (C1). Raises ValueError."""
    keys = {}
    for jwk in jwks if isinstance(jwks, list) else []:
        if not isinstance(jwk, dict) or jwk.get("kty") == "oct" or not is_text(jwk.get("kid")):
            continue
        if jwk["kid"] in keys:
            raise ValueError('two keys share a "kid"')
        with suppress(ValueError):  # A newer issuer may publish kinds of keys we do not know.
            keys[jwk["kid"]] = import_jwk(jwk)
    if not keys:
        raise ValueError("holds no usable key")
    return keys


text_like = lambda pattern: lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value, re.DOTALL))
is_text = text_like(".+")
is_count = lambda value: type(value) is int and 0 <= value < 2**53  # Exactly represented everywhere; True is not 1.
is_texts = lambda value: isinstance(value, list) and all(map(is_text, value))
is_user_id = lambda value: text_like("[1-9][0-9]{0,15}")(value) and is_count(int(value))
is_service_id = text_like("svc_[A-Za-z0-9_-]{1,60}")
is_position = text_like("[0-9]{1,16}-[0-9]{1,16}")
place = lambda position: tuple(map(int, position.split("-")))  # The writer's clock in ms, and a number within it.
number = lambda text: int(float(text)) if float(text).is_integer() else float(text)

CLAIMS = {
    **dict.fromkeys(("iss", "jti", "acr", "client_id", "device_id"), is_text),
    **dict.fromkeys(("iat", "exp", "auth_time", "gen"), is_count),
    **dict.fromkeys(("amr", "roles"), is_texts),
    **{"sub": lambda value: is_user_id(value) or is_service_id(value), "sid": text_like("[0-9a-f]{64}"), "scope": text_like(".*")},
    "aud": lambda value: is_text(value) or (is_texts(value) and value != []),
    "act": lambda value: isinstance(value, dict) and is_user_id(value.get("sub")),  # Who acts in the person's place.
}
MAY_BE_ABSENT = ("device_id", "act")


def check_claims(payload, issuer, tolerance, now_ms):
    """The claims of a verified payload (J3 to J7, J12). Raises ValueError, and Refusal when it has expired."""
    for name, is_sound in CLAIMS.items():
        if not is_sound(payload.get(name)) and (name in payload or name not in MAY_BE_ABSENT):
            raise ValueError(f'claim "{name}" is missing or has the wrong type')
    claims = {name: payload[name] for name in CLAIMS if name in payload}
    if is_service_id(claims["sub"]) and claims["sub"] != claims["client_id"]:  # J16
        raise ValueError("it is of a service account and was issued to another client")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    latest_ms = now_ms + tolerance * 1000
    if claims["iss"] != issuer["iss"] or issuer["aud"] not in audiences:
        raise ValueError("it is of another issuer or for another service")
    if not 0 < claims["exp"] - claims["iat"] <= issuer["max_token_seconds"]:
        raise ValueError("it lives too long or not at all")
    for name in ("iat", "nbf"):
        if name in payload and (not is_count(payload[name]) or payload[name] * 1000 > latest_ms):
            raise ValueError(f'claim "{name}" has the wrong type or lies in the future')
    if now_ms >= (claims["exp"] + tolerance) * 1000:
        raise Refusal("TOKEN_EXPIRED", "The access token has expired.")
    return claims


def principal_of(claims):
    """Who is asking. Only what is named here is handed on (J15)."""
    renamed = {"subject": "sub", "session_id": "sid", "token_id": "jti", "generation": "gen", "auth_methods": "amr"}
    scopes = [scope for scope in claims["scope"].split(" ") if scope]
    who = {"service_account_id": claims["sub"]} if is_service_id(claims["sub"]) else {"user_id": int(claims["sub"])}
    who |= {"actor_id": int(claims["act"]["sub"])} if "act" in claims else {}
    computed = {**who, "scopes": scopes, "authenticated_at_ms": claims["auth_time"] * 1000}
    kept = {name: claims[name] for name in ("client_id", "device_id", "roles", "acr") if name in claims}
    return kept | computed | {name: claims[claim] for name, claim in renamed.items()}


def check_any_signature(header, signature, signed, keys):
    """Raises ValueError unless one of the keys made it."""
    for last, key in enumerate(keys, 1 - len(keys)):
        try:
            return check_signature(header, signature, signed, key)
        except ValueError:
            if last == 0:
                raise


def read_bundle(document, roots):
    """A key bundle, which one of the root keys must have signed (K). Raises ValueError."""
    if len(document) > MAX_BUNDLE_CHARACTERS:
        raise ValueError("key bundle: too large")
    header, payload, signature, signed = parse_jws(document.strip())
    check_any_signature(header, signature, signed, roots)
    bundle = json_object(payload)
    if header.get("typ") != "gatehouse-keys+jwt" or not is_text(bundle.get("iss")) or not is_text(bundle.get("aud")):
        raise ValueError("key bundle: type, issuer or audience is another")
    if not all(is_count(bundle.get(name)) and bundle[name] for name in ("ver", "iat", "max_token_seconds")):
        raise ValueError("key bundle: a number is missing")
    return {**bundle, "keys": import_keys(bundle.get("keys"))}


def read_entry(raw):
    """An entry of the feed. An unknown scope or reason passes (F8); ValueError when a member is missing or mistyped."""
    members = {"id": str, "scope": str, "value": str, "cutoff": int, "untilMs": int, "reason": str}
    if not isinstance(raw, dict) or any(type(raw.get(name)) is not kind for name, kind in members.items()):
        raise ValueError("no entry")
    return raw


def read_notice(text):
    """Position, previous, epoch and entry of an announcement; no entry on a heartbeat. Raises ValueError."""
    raw = json_object(text.encode())
    places = (raw.get("position"), raw.get("previous"))
    if raw.get("v") != 1 or not is_text(raw.get("epoch")) or not all(map(is_position, places)):
        raise ValueError("no announcement")
    return *places, raw["epoch"], read_entry(raw["entry"]) if "entry" in raw else None


class Feed:
    """The list of what has ended, our place in the log, and what that place proves (F).

    `read_log()` gives the records of the log as `(id, fields)`, oldest first, or raises ConnectionError; `matters_ms()`
    is how long a revocation may concern a token.
    """

    def __init__(self, read_log, monotonic_ms, matters_ms):
        self.read_log, self.monotonic_ms, self.matters_ms = read_log, monotonic_ms, matters_ms
        self.ended = {}  # (scope, value): (cutoff, until_ms)
        self.position, self.epoch, self.complete, self.proven_at = FEED_START, None, False, -inf
        self.begin_life(None)
        self.lose_place()

    def lose_place(self):
        """The log is read from its start, so old heartbeats again: they prove nothing about when they were written."""
        self.position, self.neighbours, self.missing = FEED_START, (FEED_START,), None
        self.at_end, self.learned, self.last_end, self.samples = False, False, None, deque(maxlen=16)

    def begin_life(self, epoch):
        """The writer beats only after it has replayed all that matters; until then a new life proves nothing (F6)."""
        self.epoch, self.missing, self.samples = epoch, None, deque(maxlen=16)
        self.beat_seen = self.beat_since_end = self.at_end = False

    def notice(self, text):
        """An announcement. Its entry counts at once (F2); our place moves only if it is the next one (F3)."""
        try:
            position, previous, epoch, entry = read_notice(text)
        except ValueError:
            return self.read()
        self.merge(entry)
        if epoch == self.epoch and previous == self.position:
            self.step_to(position, is_beat=entry is None)
            if entry is None:  # It proves when it was written: it may have waited for us in a socket (F12).
                self.prove(min(self.monotonic_ms(), place(position)[0] + max(self.samples, default=-inf)))
                self.complete = self.complete or self.is_whole()
        elif epoch != self.epoch or place(position) > place(self.position):
            self.read()

    def read(self):
        """Reads on from our place, or from the start of a log that does not hold it any more (F5 to F7)."""
        asked_at = self.monotonic_ms()
        try:
            log = list(self.read_log())
        except ConnectionError:
            return
        ours = (self.position, self.epoch)
        found = next((n for n, (position, fields) in enumerate(log) if (position, fields.get("epoch")) == ours), -1)
        if found < 0 and self.position != FEED_START:
            self.lose_place()
        for position, fields in log[found + 1 :]:
            self.take(position, fields)
        if self.beat_since_end and self.last_end is not None:
            self.prove(self.last_end)  # Not there at the end before, so written after it.
        self.beat_since_end, self.learned, self.at_end, self.last_end = False, False, True, asked_at
        self.reconsider()

    def reconsider(self):
        """The list is whole once the log was read to its end and held a heartbeat, nothing cut from it (F1, F14)."""
        self.complete = self.complete or (self.at_end and self.beat_seen and self.is_whole())

    def take(self, position, fields):
        epoch, previous = fields.get("epoch"), fields.get("prev")
        if not epoch or not previous:  # Somebody else's; the next record may name it all the same.
            self.neighbours = (self.neighbours[0], position)
            return
        try:
            entry = read_entry(json_object(fields["entry"].encode())) if "entry" in fields else None
            readable = fields.get("v") == "1"
        except ValueError:
            readable = False
        if readable:
            self.merge(entry)
        if epoch != self.epoch:
            self.begin_life(epoch)
        elif place(position) <= place(self.position):
            return
        if not is_position(previous) or place(previous) > place(self.neighbours[-1]):
            self.missing = previous  # It names one we have not read; an older one, named twice, leaves no gap.
        if readable:
            self.step_to(position, is_beat=entry is None)
            self.beat_since_end = self.beat_since_end or entry is None
        else:  # It keeps its place and proves nothing (F9).
            self.position, self.neighbours = position, (position,)

    def step_to(self, position, is_beat):
        self.position, self.neighbours, self.beat_seen = position, (position,), self.beat_seen or is_beat
        if not self.learned and self.last_end is not None:
            # Written after the last reading: so much is known of the writer's clock.
            self.learned = True
            self.samples.append(self.last_end - place(position)[0])

    def merge(self, entry):
        """Of one scope and value the highest cut-off and the latest end hold, in whatever order they come (F4)."""
        if entry is not None and entry["scope"] in SCOPES:
            name = (entry["scope"], entry["value"])
            cutoff, until_ms = self.ended.get(name, (entry["cutoff"], entry["untilMs"]))
            self.ended[name] = (max(cutoff, entry["cutoff"]), max(until_ms, entry["untilMs"]))

    def forget(self, now_ms):
        """Drops entries that concern nothing any more (F13). To be called now and then."""
        self.ended = {name: held for name, held in self.ended.items() if held[1] >= now_ms}

    def is_whole(self):
        """Whether no record that may still matter was dropped from the log before we saw it (F14)."""
        return self.missing is None or place(self.position)[0] - place(self.missing)[0] > self.matters_ms()

    def prove(self, at_ms):
        if self.is_whole():
            self.proven_at = max(self.proven_at, at_ms)

    def check_revocation(self, claims, kid):
        """Raises Refusal for a token that has ended, whatever the age of the list, in this order (F10, F11)."""
        cutoff = lambda scope, value: self.ended.get((scope, value), (None,))[0]
        if cutoff("sid", claims["sid"]) is not None:
            raise Refusal("SESSION_REVOKED", "The session has ended; sign in again.")
        ended = cutoff("jti", claims["jti"]) is not None or cutoff("kid", kid) is not None
        groups = (("before", "*"), ("client", claims["client_id"]), ("device", claims.get("device_id")))
        if ended or any(limit is not None and claims["iat"] <= limit for limit in starmap(cutoff, groups)):
            raise Refusal("TOKEN_REVOKED", "The access token or its key has been revoked.")
        if claims["gen"] < (cutoff("sub", claims["sub"]) or 0):
            raise Refusal("TOKEN_STALE", "The rights of this user have changed; refresh the access token.")

    def check_freshness(self, freshness):
        """No list, no answer (F1). How old it may be is the route's choice: open, closed, or seconds (F12)."""
        limit_ms = {"open": inf, "closed": CLOSED_SECONDS * 1000}.get(freshness) or freshness * 1000
        if not self.complete or self.monotonic_ms() - self.proven_at > limit_ms:
            raise Refusal("FEED_STALE", "It cannot be told right now whether the session still stands.")


class Validator:
    """Judges tokens. `roots` are the trust anchors; `own` holds what the service sets itself: iss, aud, max_token_seconds.

    Without `roots`, `keys` are those to use: by `kid`, or one secret. Without `read_log` nothing is ever revoked.
    """

    def __init__(self, roots=None, keys=None, own=None, tolerance=30, read_log=None, now_ms=None, monotonic_ms=None):
        self.roots, self.own, self.tolerance = roots, own or {}, tolerance
        self.now_ms = now_ms or (lambda: time.time() * 1000)
        self.issuer = None if roots else {"stated": None, "max_token_seconds": 900, **self.own, "keys": keys}
        self.feed = read_log and Feed(read_log, monotonic_ms or (lambda: time.monotonic() * 1000), self.matters_ms)

    def matters_ms(self):
        """How long a revocation can concern a token; where the issuer does not say, any log will do."""
        lives = (self.issuer["stated"], self.issuer["max_token_seconds"]) if self.issuer else (inf,)
        return 0 if None in lives else (min(lives) + self.tolerance) * 1000

    def offer(self, document):
        """A key bundle. True when it is in force now. Raises ValueError; the keys then stay as they were."""
        bundle = read_bundle(document, self.roots)
        if self.issuer and bundle["ver"] <= self.issuer["ver"]:
            return False  # Whoever can write to Redis could put an old one back, and a withdrawn key with it.
        self.issuer = {**bundle, "stated": bundle["max_token_seconds"], **self.own}
        if self.feed:
            self.feed.reconsider()
        return True

    def check(self, token, freshness="open", service_accounts=False):
        """The principal of an accepted token; of a service account only where it will do (J16). Raises Refusal."""
        if not token:
            raise Refusal("TOKEN_MISSING", "Sign in to use this.")
        try:
            if len(token) > MAX_TOKEN_CHARACTERS:  # J14
                raise ValueError("too long")
            if self.issuer is None:
                raise Refusal("FEED_STALE", "The keys have not been read yet; try again in a moment.")
            header, payload, signature, signed = parse_jws(token)
            if header.get("typ") not in ("at+jwt", "application/at+jwt"):  # J5
                raise ValueError('"typ" is not that of an access token')
            kid = header.get("kid") if is_text(header.get("kid")) else None
            key = self.issuer["keys"].get(kid) if isinstance(self.issuer["keys"], dict) else self.issuer["keys"]  # J11
            if key is None:
                raise ValueError("signed with an unknown key")
            check_signature(header, signature, signed, key)
            claims = check_claims(json_object(payload), self.issuer, self.tolerance, self.now_ms())
            if is_service_id(claims["sub"]) and not service_accounts:
                raise ValueError("it is of a service account, and a person is asked for")
        except ValueError as fault:
            raise Refusal("TOKEN_INVALID", f"The access token is not valid: {fault}.") from None
        if self.feed:
            self.feed.check_revocation(claims, kid)
            self.feed.check_freshness(freshness)
        return principal_of(claims)
