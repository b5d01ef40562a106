import { isIP } from 'node:net';
import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNIT_BYTES = { B: 1, KiB: 1_024, MiB: 1_024 ** 2, GiB: 1_024 ** 3 } as const;

/** A text that follows a rule. The rule is what people read in the documentation and when they break it. */
export function ruled(pattern: RegExp, rule: string, maxLength = 1_024, error = `must be ${rule}`) {
  return z.string({ error }).max(maxLength, { error }).regex(pattern, { error }).meta({ rule });
}

/** A duration in milliseconds: `250ms`, `30s`, `5m`, `12h`, `7d`. */
export function duration(min: string, max: string) {
  const rule = `a duration from ${min} to ${max}`;
  const error = `must be ${rule}, such as 250ms, 30s, 5m, 12h or 7d`;
  const [least, most] = [durationMs(min), durationMs(max)];
  return ruled(/^\d{1,9}(?:ms|s|m|h|d)$/, rule, 16, error)
    .refine((text) => durationMs(text) >= least && durationMs(text) <= most, { error })
    .transform(durationMs)
    .meta({ rule });
}

export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? Number.NaN);
}

/** A size in bytes: `512B`, `32KiB`, `100MiB`, `2GiB`. */
export function size(min: string, max: string) {
  const rule = `a size from ${min} to ${max}`;
  const error = `must be ${rule}, such as 512B, 32KiB, 100MiB or 2GiB`;
  const [least, most] = [sizeBytes(min), sizeBytes(max)];
  return ruled(/^\d{1,9}(?:B|KiB|MiB|GiB)$/, rule, 16, error)
    .refine((text) => sizeBytes(text) >= least && sizeBytes(text) <= most, { error })
    .transform(sizeBytes)
    .meta({ rule });
}

function sizeBytes(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)(B|KiB|MiB|GiB)$/.exec(text) ?? [];
  return Number(count) * (UNIT_BYTES[unit as keyof typeof UNIT_BYTES] ?? Number.NaN);
}

/** A whole number; from a variable it comes as text. */
export function wholeNumber(min: number, max: number) {
  const rule = `a whole number from ${min} to ${max}`;
  const error = `must be ${rule}`;
  return z
    .union([z.int({ error }).min(min, { error }).max(max, { error }), z.string().regex(/^\d{1,9}$/)], { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error })
    .meta({ rule });
}

/** Truth; from a variable it comes as text. */
export function yesOrNo() {
  const rule = 'true or false';
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: `must be ${rule}` })
    .transform((value) => value === true || value === 'true')
    .meta({ rule });
}

export function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  const rule = values.length === 1 ? `\`${values[0]}\`` : `one of ${values.join(', ')}`;
  return z.enum(values, { error: `must be ${rule.replaceAll('`', '')}` }).meta({ rule });
}

/** A text of one line. */
export function line(rule = 'a text', maxLength = 1_024) {
  return ruled(/^[^\u0000-\u001f\u007f]+$/, rule, maxLength);
}

/** A name of this file's own, as it stands in addresses and figures. */
export function name() {
  return ruled(NAME, 'a name of lower-case letters, digits and dashes, such as orders or entra-eu', 32);
}
export const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** A role as the auth service names them: any other it would not define, so nobody could have it. */
export function role() {
  return ruled(/^[a-z][a-z0-9_-]{0,31}$/, 'a role of the auth service: lower-case letters, digits, - and _', 32);
}

/** `scheme://host:port` and nothing after it, as a URL. */
export function origin(...schemes: readonly string[]) {
  const rule = `${schemes.map((scheme) => `${scheme}://`).join(' or ')} with host and port, without path, query or password`;
  return ruled(/^[^\s]+$/, rule)
    .refine((text) => isOrigin(text, schemes), { error: `must be ${rule}` })
    .transform((text) => new URL(text))
    .meta({ rule });
}

function isOrigin(text: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(text) || !schemes.some((scheme) => text.toLowerCase().startsWith(`${scheme}://`))) return false;
  const { pathname, search, hash, username, password, hostname } = new URL(text);
  return hostname !== '' && pathname === '/' && !/[?#@]/.test(text) && `${search}${hash}${username}${password}` === '';
}

/** An absolute http(s) address, kept as it was written. */
export function address() {
  const rule = 'an address that begins with https:// or http://';
  return ruled(/^https?:\/\/[^\s]+$/, rule)
    .refine((text) => URL.canParse(text) && !new URL(text).password, { error: `must be ${rule}, without a password` })
    .meta({ rule });
}

/** Where to listen: `0.0.0.0:8080`, `[::]:8080`, `8080`. */
export function listen() {
  const rule = 'host:port, such as 0.0.0.0:8080 or [::]:8080';
  return z
    .union([z.int().min(0).max(65_535), z.string()], { error: `must be ${rule}` })
    .transform((given, context) => {
      const [, bracketed, plain, port = ''] =
        /^(?:\[([0-9A-Fa-f:.]+)\]:|([^:\s[\]]+):)?(\d{1,5})$/.exec(String(given)) ?? [];
      const host = bracketed ?? plain ?? '0.0.0.0';
      const isSound = port !== '' && Number(port) <= 65_535 && (bracketed === undefined || isIP(bracketed) === 6);
      if (isSound) return { host, port: Number(port) };
      context.addIssue({ code: 'custom', message: `must be ${rule}` });
      return z.NEVER;
    })
    .meta({ rule });
}

/** An address or a network. */
export function network() {
  const rule = 'an address or a network, such as 10.0.0.0/8 or ::1';
  return ruled(/^[0-9A-Fa-f:./]{2,50}$/, rule, 50)
    .refine(isNetwork, { error: `must be ${rule}` })
    .meta({ rule });
}

function isNetwork(text: string): boolean {
  const [base = '', bits, ...rest] = text.split('/');
  const family = isIP(base);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
