import { z } from 'zod';
import { readSessionKey } from '../session-keys.js';
import {
  address,
  duration,
  line,
  listen,
  network,
  oneOf,
  origin,
  ruled,
  size,
  wholeNumber,
  yesOrNo,
} from './scalars.js';

/** Where the gateway is reached, and what it takes. */
export const server = z
  .strictObject({
    listen: listen()
      .describe('Where it listens. `PORT` of the environment takes the place of the port')
      .prefault('0.0.0.0:8080'),
    publicUrl: origin('https', 'http').describe(
      'Its own address as browsers see it. `http://` for addresses of this machine only',
    ),
    trustedProxies: z
      .array(network())
      .max(100)
      .describe(
        'Proxies in front whose `X-Forwarded-*` and `X-Request-ID` are believed. `TRUSTED_PROXIES` takes their place',
      )
      .prefault([]),
    limits: z
      .strictObject({
        headers: size('4KiB', '256KiB')
          .describe('Request line and headers of a request; more is 431')
          .prefault('32KiB'),
        body: size('1B', '100GiB')
          .describe('Body of a request, counted as it streams through; more is 413. A route may differ')
          .prefault('100MiB'),
        logins: wholeNumber(1, 1_000_000)
          .describe('Logins one address (of IPv6 a /64) may begin in ten minutes; more is 429')
          .prefault(600),
        loginsInAll: wholeNumber(1, 100_000_000)
          .describe('The same for all addresses together: bounds what logins under way take in the store')
          .prefault(20_000),
      })
      .prefault({}),
    paths: z
      .strictObject({
        semicolons: oneOf('refuse', 'pass')
          .describe('What becomes of `;` in a path: 400, or it goes on and takes no part in the choice of a route')
          .prefault('refuse'),
        emptySegments: oneOf('refuse', 'merge')
          .describe('What becomes of `//` in a path: 400, or one `/`, which is what is sent on')
          .prefault('refuse'),
      })
      .prefault({}),
    drain: z
      .strictObject({
        delay: duration('0s', '5m')
          .describe('At the end: how long `/ready` says no before it stops listening. 0s outside production')
          .optional(),
        deadline: duration('1s', '1h')
          .describe('At the end: how long requests and streams under way may take to finish')
          .prefault('30s'),
      })
      .prefault({}),
    replicas: wholeNumber(1, 10_000)
      .describe('How many gateways run side by side. More than one needs sessions in Redis')
      .prefault(1),
  })
  .describe('Where the gateway is reached, and what it takes');

/** The auth service, whose sessions and tokens these are. */
export const auth = z
  .strictObject({
    url: origin('https', 'http').describe('Address of the auth service, as the gateway reaches it'),
    clientId: line().describe('Service account with the scope `federation`'),
    clientSecret: secretText().describe('Its secret'),
    issuer: line().describe('`iss` of the access tokens, as the auth service has it (`ISSUER`, or its `PUBLIC_URL`)'),
    audience: line().describe('`aud` of the access tokens').prefault('gatehouse'),
    timeout: duration('100ms', '2s').describe('For each call to it').prefault('1500ms'),
    trustAnchor: line('its public root key: PEM, JWK or base64', 16_384)
      .describe('Vouches for the keys of the access tokens. `AUTH_TRUST_ANCHOR` takes its place')
      .optional(),
    jwksUri: address().describe('A JWK Set, in place of `trustAnchor`. `JWKS_URI` takes its place').optional(),
    feed: oneOf('redis', 'sse')
      .describe('How ended sessions become known: the Redis of the sessions, or events of the auth service')
      .optional(),
    feedToken: line('a secret').describe('For the events. `REVOCATION_STREAM_TOKEN` takes its place').optional(),
  })
  .describe('The auth service, whose sessions and tokens these are');

/** Sessions of browsers. */
export const session = z
  .strictObject({
    store: oneOf('redis', 'memory').describe('Where they are kept. Memory: one gateway, gone when it ends'),
    url: line('an address that begins with redis:// or rediss://')
      .describe('Redis. The variables of the environment (`REDIS_URL` and its family) take its place')
      .optional(),
    keys: z
      .array(
        line('32 random bytes in base64 or hex, such as `openssl rand -base64 32` gives', 128).transform(
          (text, context) => {
            const read = readSessionKey(text);
            if (read.ok) return read.key;
            context.addIssue({ code: 'custom', message: read.fault });
            return z.NEVER;
          },
        ),
      )
      .min(1, { error: 'must hold a key' })
      .max(8)
      .describe('Seal the tokens at rest. The first one seals, the others still open: put a new one in front')
      .optional(),
    idle: duration('1m', '90d')
      .describe('Ends when untouched this long. `SESSION_TTL` takes its place')
      .prefault('30m'),
    absolute: duration('5m', '90d').describe('Ends this long after the sign-in, whatever happens').prefault('12h'),
    refreshWindow: duration('5s', '10m')
      .describe('How long before its end an access token is renewed; shorter than half of its life')
      .prefault('60s'),
    cookie: line('a cookie name that begins with __Host-, or on http:// one that does not', 64)
      .describe('Name of the cookie: `__Host-gw`, or `gw-dev` on `http://`')
      .optional(),
    remember: yesOrNo()
      .describe('Lets the cookie outlive the browser, to the end of `absolute`; otherwise it goes when that is closed')
      .prefault(false),
    prefix: ruled(
      /^[a-z][a-z0-9-]*(?::[a-z0-9-]+)*$/,
      'words of lower-case letters, digits and dashes, joined by colons, such as gateway:eu',
      64,
    )
      .describe('What every key in Redis begins with, where several installations share a server')
      .prefault('gateway'),
    allowMemory: yesOrNo()
      .describe('Lets `memory` stand in production and beside `replicas`: people are then asked to sign in again')
      .prefault(false),
  })
  .describe('Sessions of browsers');

function secretText() {
  return line('a secret of at least 16 characters', 1_024).min(16, {
    error: 'must be a secret of at least 16 characters',
  });
}
