// The issuer, the person and the instant all vectors are about.
import { createHash } from 'node:crypto';
import { jwkOf, pemOf, testKey } from './keys.mjs';
import { jws } from './sign.mjs';

/** 2026-01-01T00:00:00Z: the vectors carry their own clock, so they never age. */
export const NOW = 1_767_225_600;
export const ISSUER = 'https://auth.test';
export const AUDIENCE = 'orders';
export const MAX_TOKEN_SECONDS = 900;
export const TOLERANCE = 30;

/** A session id, or anything else of 64 hex digits, by a readable name. */
export const hex64 = (name) => createHash('sha256').update(name).digest('hex');

/** Valid claims, issued a hundred seconds ago for 900; `undefined` in `changes` leaves a claim out. */
export function claims(changes = {}) {
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: '42',
    sid: hex64('session of 42'),
    jti: 'b9f2a1f0-6d1c-4a53-9a44-0d6f6c1e7a01',
    iat: NOW - 100,
    exp: NOW + 800,
    auth_time: NOW - 100,
    amr: ['pwd'],
    acr: 'aal1',
    roles: ['user'],
    scope: 'orders:read orders:write',
    gen: 3,
    client_id: 'web',
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A valid header; `undefined` in `changes` leaves a member out. */
export function header(changes = {}, keyName = 'current') {
  const { alg, kid } = testKey(keyName);
  const all = { alg, typ: 'at+jwt', kid, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A token of the issuer; the changes say in what it differs from a good one. */
export function token(claimChanges = {}, headerChanges = {}, keyName = 'current') {
  return jws(header(headerChanges, keyName), claims(claimChanges), keyName);
}

/** Who an accepted token says is asking. */
export function principal(changes = {}) {
  const of = claims(changes);
  return {
    ...(of.sub.startsWith('svc_') ? { service_account_id: of.sub } : { user_id: Number(of.sub) }),
    subject: of.sub,
    session_id: of.sid,
    token_id: of.jti,
    client_id: of.client_id,
    ...(of.device_id === undefined ? {} : { device_id: of.device_id }),
    ...(of.act === undefined ? {} : { actor_id: Number(of.act.sub) }),
    roles: of.roles,
    scopes: of.scope.split(' ').filter((scope) => scope !== ''),
    generation: of.gen,
    authenticated_at_ms: of.auth_time * 1000,
    auth_methods: of.amr,
    acr: of.acr,
  };
}

/** A root-signed key bundle. */
export function bundle(changes = {}, { header: headerChanges = {}, root = 'root' } = {}) {
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    ver: 7,
    iat: NOW - 3600,
    max_token_seconds: MAX_TOKEN_SECONDS,
    keys: [jwkOf('current'), jwkOf('next')],
    ...changes,
  };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const head = { alg: 'ES256', typ: 'gatehouse-keys+jwt', ...headerChanges };
  return jws(Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined)), payload, root);
}

/** The validator most vectors are for: two settings. */
export const standardValidator = () => ({ trust_anchor: pemOf('root'), key_bundle: bundle() });

/** A validator with a JWK Set in place of a trust anchor. */
export const jwksValidator = (keys) => ({ jwks: { keys }, issuer: ISSUER, audience: AUDIENCE });
