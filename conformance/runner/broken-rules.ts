import type { VectorFiles } from './vectors.js';

/** A rule of the Python validator, broken: text of it, and what stands in its place. */
export interface BrokenRule {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly files: readonly (keyof VectorFiles)[];
  /** Requirements whose vectors must notice. */
  readonly noticedBy: readonly string[];
}

const broken =
  (...files: (keyof VectorFiles)[]) =>
  (title: string, noticedBy: string, from: string, to: string): BrokenRule => ({
    title,
    from,
    to,
    files,
    noticedBy: noticedBy.split(' '),
  });

const token = broken('tokens');
const key = broken('tokens', 'configurations', 'jws');
const bundle = broken('key-bundles');
const feed = broken('feed');

const TOKEN_RULES = [
  token('takes the algorithm from the header', 'J1 C2', 'header.get("alg") != key.algorithm or ', ''),
  token('ignores crit', 'J8 C4', 'any(member in header for member in ("crit", "b64", "zip"))', 'False'),
  token('takes any base64url', 'J9', 'base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode()', 'False'),
  token('lets the last duplicate win', 'J10', 'if len(dict(pairs)) != len(pairs):', 'if False:'),
  token('reads NaN', 'J10', ', parse_constant=int', ''),
  token('reads 1e3 as no whole number', 'J10', 'parse_float=number, ', ''),
  token('ignores iss', 'J3 C6', 'claims["iss"] != issuer["iss"] or ', ''),
  token('ignores aud', 'J4', 'issuer["aud"] not in audiences', 'False'),
  token('takes any typ', 'J5 J6', 'header.get("typ") not in ("at+jwt", "application/at+jwt")', 'False'),
  token('takes any text for a session id', 'J7', 'text_like("[0-9a-f]{64}")', 'is_text'),
  token('lets a service account in anywhere', 'J16', ' and not service_accounts', ' and False'),
  token('takes a service account at any client', 'J16', 'claims["sub"] != claims["client_id"]:  # J16', 'False:'),
  token(
    'takes any name for a service account',
    'J16',
    'text_like("svc_[A-Za-z0-9_-]{1,60}")',
    'text_like("(svc|SVC)_.*")',
  ),
  token('takes true for 1', 'J7', 'type(value) is int and', 'isinstance(value, int) and'),
  token('takes numbers that are not exact', 'J7', '0 <= value < 2**53', '0 <= value'),
  token('takes digits of other scripts', 'J7', '[1-9][0-9]{0,15}', '[1-9１-９]\\\\d{0,15}'),
  token('takes a life of any length', 'J7', ' <= issuer["max_token_seconds"]', ''),
  token('takes a life that never began', 'J7', 'if not 0 < claims["exp"]', 'if not -inf < claims["exp"]'),
  token(
    'tries another key for an unknown kid',
    'J11 C7 C8 C10',
    '.get(kid) if',
    '.get(kid, next(iter(self.issuer["keys"].values()))) if',
  ),
  token(
    'takes an unknown key for an empty secret',
    'C3',
    'raise ValueError("signed with an unknown key")',
    'key = Key(b" " * 32)\n                key.key = b""',
  ),
  token('accepts at the last instant', 'J12', 'now_ms >= (claims', 'now_ms > (claims'),
  token('forgives no clock', 'J12', '(claims["exp"] + tolerance)', 'claims["exp"]'),
  token('ignores nbf', 'J12', '("iat", "nbf")', '("iat",)'),
  token('takes signatures of any length', 'J13', 'return len(signature) == 64', 'return True'),
  token(
    'takes any signature',
    'J13',
    'except InvalidSignature:\n            return False',
    'except InvalidSignature:\n            return True',
  ),
  token('takes tokens of any length', 'J14 C9', 'len(token) > MAX_TOKEN_CHARACTERS', 'False'),
  token('hands on every claim', 'J15', 'return kept | computed', 'return claims | kept | computed'),
  token(
    'remembers tokens by their signature',
    'C5',
    'check_signature(header, signature, signed, key)\n            claims',
    '(signature in self.own) or check_signature(header, signature, signed, key)\n            self.own[signature] = claims',
  ),
  token('takes no token for a bad one', 'J9', 'if not token:', 'if token is None:'),
];

const KEY_RULES = [
  key('takes short RSA keys', 'J2', 'key.key_size >= 2048 and ', ''),
  key('takes weak RSA exponents', 'J2', ' and key.public_numbers().e == 65537', ''),
  key('takes short secrets', 'J2', ' and len(key) >= 32', ''),
  key('takes published secrets', 'C1', 'jwk.get("kty") == "oct" or ', ''),
  key('takes keys for encryption', 'J2', 'jwk.get("use", "sig") == "sig" and ', ''),
  key('takes keys of any curve', 'J2', 'and key.curve.name == "secp256r1"', ''),
  key('lets the second key of a name win', 'J11', 'if jwk["kid"] in keys:', 'if False:'),
];

const BUNDLE_RULES = [
  bundle('takes an older bundle', 'K', 'bundle["ver"] <= self.issuer["ver"]', 'bundle["ver"] == self.issuer["ver"]'),
  bundle(
    'takes another of the same version',
    'K',
    'bundle["ver"] <= self.issuer["ver"]',
    'bundle["ver"] < self.issuer["ver"]',
  ),
  bundle('takes whatever the root key signed', 'K', 'header.get("typ") != "gatehouse-keys+jwt" or ', ''),
  bundle('takes bundles of any size', 'K', 'len(document) > MAX_BUNDLE_CHARACTERS', 'False'),
  bundle(
    'takes a version of 0',
    'K',
    'is_count(bundle.get(name)) and bundle[name] for',
    'is_count(bundle.get(name)) for',
  ),
  bundle(
    'lets the bundle overrule the service',
    'K',
    '"stated": bundle["max_token_seconds"], **self.own}',
    '"stated": 0}',
  ),
  bundle('takes a bundle without keys', 'K', 'if not keys:', 'if False:'),
  bundle('takes white space for a fault', 'K', 'document.strip()', 'document'),
];

const FEED_RULES = [
  feed('answers without a list', 'F1', 'not self.complete or ', ''),
  feed('takes any end of the log for the whole list', 'F1 F6', 'self.at_end and self.beat_seen and', 'self.at_end and'),
  feed(
    'believes the log only',
    'F2',
    'self.merge(entry)\n        if epoch == self.epoch and',
    'if epoch == self.epoch and',
  ),
  feed('sees no holes', 'F3', 'if epoch == self.epoch and previous == self.position:', 'if True:'),
  feed('lets the last cut-off win', 'F4', 'max(cutoff, entry["cutoff"])', 'entry["cutoff"]'),
  feed('lets the last end win', 'F4', 'max(until_ms, entry["untilMs"])', 'entry["untilMs"]'),
  feed(
    'compares positions as text',
    'F2 F4',
    'tuple(map(int, position.split("-")))',
    '(int(position.split("-")[0]), position)',
  ),
  feed('skips a record after its place', 'F5', 'log[found + 1 :]', 'log[found + 2 :]'),
  feed('forgets to ask which life it is', 'F6', '(position, fields.get("epoch")) == ours', 'position == self.position'),
  feed(
    'lets an old heartbeat vouch for a new life',
    'F6',
    'self.beat_seen = self.beat_since_end = self.at_end = False',
    'self.beat_seen = getattr(self, "beat_seen", False)\n        self.beat_since_end = self.at_end = False',
  ),
  feed('keeps a place that is gone', 'F7', 'self.lose_place()\n        for', 'pass\n        for'),
  feed('holds entries nobody understands', 'F8', ' and entry["scope"] in SCOPES', ''),
  feed('takes any version for its own', 'F9', 'readable = fields.get("v") == "1"', 'readable = True'),
  feed(
    'ignores an announcement it cannot read',
    'F9',
    'except ValueError:\n            return self.read()',
    'except ValueError:\n            return None',
  ),
  feed('forgets the device', 'F10', ', ("device", claims.get("device_id"))', ''),
  feed('spares tokens of the second itself', 'F10', 'claims["iat"] <= limit', 'claims["iat"] < limit'),
  feed('ends the generation that is named', 'F10', 'claims["gen"] < (cutoff', 'claims["gen"] <= (cutoff'),
  feed('knows no withdrawn keys', 'F10', ' or cutoff("kid", kid) is not None', ''),
  feed(
    'asks how old the list is first',
    'F11',
    'self.feed.check_revocation(claims, kid)\n            self.feed.check_freshness(freshness)',
    'self.feed.check_freshness(freshness)\n            self.feed.check_revocation(claims, kid)',
  ),
  feed(
    'takes a heartbeat for new when it arrives',
    'F12',
    'min(self.monotonic_ms(), place(position)[0] + max(self.samples, default=-inf))',
    'self.monotonic_ms()',
  ),
  feed('takes a heartbeat for new when it is read', 'F12', 'self.prove(self.last_end)', 'self.prove(asked_at)'),
  feed('takes an entry for a heartbeat', 'F12', 'if entry is None:  # It proves', 'if True:  # It proves'),
  feed('refuses at the limit itself', 'F12', 'self.proven_at > limit_ms', 'self.proven_at >= limit_ms'),
  feed(
    'believes a heartbeat that is read again',
    'F12',
    'False, False, None, deque(maxlen=16)',
    'False, False, getattr(self, "last_end", None), deque(maxlen=16)',
  ),
  feed('forgets what still matters', 'F13', 'if held[1] >= now_ms', 'if held[1] >= now_ms + 500_000'),
  feed('believes a log that was cut short', 'F14', 'return self.missing is None or ', 'return True or '),
  feed('waits a moment too short for what was cut', 'F14', ' > self.matters_ms()', ' >= self.matters_ms()'),
  feed('holds a good log for a cut one', 'F9', 'self.neighbours = (self.neighbours[0], position)', 'pass'),
];

/** One per rule of the README, and each must be noticed. */
export const BROKEN_RULES: readonly BrokenRule[] = [...TOKEN_RULES, ...KEY_RULES, ...BUNDLE_RULES, ...FEED_RULES];
