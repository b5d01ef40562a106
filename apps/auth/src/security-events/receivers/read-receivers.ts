import { readFileSync } from 'node:fs';
import { addressFault } from '@gatehouse/oidc';
import { z } from 'zod';
import { isMap, readMap } from '../../config/read-map.js';
import type { Receiver } from './receiver.js';

export interface ReadReceivers {
  readonly receivers: readonly Receiver[];
  /** Names and rules, never values. */
  readonly faults: readonly string[];
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const MAX_RECEIVERS = 20;
/** RFC 6750 §2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]{1,4096}=*$/;

const receiver = z.strictObject({
  url: z.string().max(2_048),
  audience: z.string().min(1).max(2_048),
  token: z.string().regex(TOKEN, 'must be a bearer token').optional(),
  tokenFile: z.string().min(1).max(1_024).optional(),
});

/**
 * Reads the receivers of security events out of a text in YAML, which JSON is a part of: a map of names to `url`, `audience`, and where the
 * receiver asks for one `token` or `tokenFile`. All faults are found before any is told.
 *
 * @param allowInsecure - development: plain http and addresses inside are let through.
 */
export function readReceivers(text: string, allowInsecure: boolean): ReadReceivers {
  const read = readMap(text, 'receivers');
  if (typeof read === 'string') return { receivers: [], faults: [read] };
  const entries = Object.entries(read);
  if (entries.length > MAX_RECEIVERS) return { receivers: [], faults: [`names more than ${MAX_RECEIVERS} receivers`] };
  const results = entries.map(([name, value]) => readReceiver(name, value, allowInsecure));
  return {
    receivers: results.flatMap((result) => ('faults' in result ? [] : [result])),
    faults: results.flatMap((result) => ('faults' in result ? result.faults : [])),
  };
}

function readReceiver(name: string, value: unknown, allowInsecure: boolean): Receiver | { faults: readonly string[] } {
  // A name that could be anything is not repeated.
  if (!NAME.test(name)) return { faults: ['names of receivers are up to 32 lower-case letters, digits and -'] };
  if (!isMap(value)) return { faults: [`${name} must be a map`] };
  const result = receiver.safeParse(value);
  if (!result.success) {
    return { faults: result.error.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`) };
  }
  const { url, audience, token, tokenFile } = result.data;
  const fault = URL.canParse(url) ? addressFault(new URL(url), allowInsecure) : 'is no address';
  if (fault) return { faults: [`${name}.url ${fault}`] };
  if (token !== undefined && tokenFile !== undefined) return { faults: [`${name} has token and tokenFile; keep one`] };
  if (tokenFile === undefined) return { name, url, audience, token };
  const kept = textIn(tokenFile);
  if (kept === undefined) return { faults: [`${name}.tokenFile names a file that cannot be read`] };
  if (!TOKEN.test(kept)) return { faults: [`${name}.tokenFile holds no bearer token`] };
  return { name, url, audience, token: kept };
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
