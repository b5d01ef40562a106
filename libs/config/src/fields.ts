import { isIP } from 'node:net';
import { z } from 'zod';
import { field, type Field } from './field.js';
import { Secret, whyNoSecret } from './secret.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** A duration, read as seconds: `900`, `900s`, `15m`, `24h`, `7d`. */
export function seconds({ min, max }: { min: number; max: number }): Field<number> {
  const schema = z
    .string()
    .regex(/^\d{1,9}[smhd]?$/)
    .transform((text) => Number.parseInt(text, 10) * (UNIT_SECONDS[/[smhd]$/.exec(text)?.[0] ?? ''] ?? 1))
    .refine((value) => value >= min && value <= max);
  return field(schema, `a duration from ${shown(min)} to ${shown(max)}, such as 900 or 15m`);
}

export function integer({ min, max }: { min: number; max: number }): Field<number> {
  const schema = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);
  return field(schema, `a whole number from ${min} to ${max}`);
}

/** A TCP port. 0 lets the system choose one. */
export function port(): Field<number> {
  return integer({ min: 0, max: 65_535 });
}

export function flag(): Field<boolean> {
  const schema = z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no']))
    .transform((text) => ['true', '1', 'yes'].includes(text));
  return field(schema, 'true or false');
}

export function text({ maxLength = 1_024 }: { maxLength?: number } = {}): Field<string> {
  return field(z.string().min(1).max(maxLength), `a text of up to ${maxLength} characters`);
}

export function oneOf<const T extends string>(...values: readonly [T, ...T[]]): Field<T> {
  return field(z.enum(values) as unknown as z.ZodType<T, string>, `one of ${values.join(', ')}`);
}

/** An absolute URL, kept as it was written. */
export function url(...protocols: string[]): Field<string> {
  const schemes = protocols.length > 0 ? protocols : ['http', 'https'];
  const schema = z
    .string()
    .refine((candidate) => URL.canParse(candidate) && schemes.some((s) => candidate.startsWith(`${s}://`)));
  return field(schema, `a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`);
}

/** Addresses and networks, separated by commas; an empty text is the empty list. */
export function cidrList(): Field<readonly string[]> {
  const schema = z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .refine((parts) => parts.every(isAddressOrNetwork));
  return field(schema, 'addresses or networks separated by commas, such as 10.0.0.0/8,::1');
}

/** A secret; `NAME_FILE` may name a file that holds it. */
export function secret({ minBytes }: { minBytes: number }): Field<Secret> {
  const schema = z
    .string()
    .superRefine((value, context) => {
      const why = whyNoSecret(value, minBytes);
      if (why) context.addIssue({ code: 'custom', message: why });
    })
    .transform((value) => new Secret(value));
  return field(schema, `a secret of at least ${minBytes} bytes`, { secret: true });
}

/** A text of several lines that holds secrets among other things: may come from a file, and is never shown. */
export function secretText({ maxLength = 262_144 }: { maxLength?: number } = {}): Field<Secret> {
  const schema = z
    .string()
    .max(maxLength)
    .transform((value) => new Secret(value));
  return field(schema, `a text of up to ${maxLength} characters`, { secret: true });
}

function isAddressOrNetwork(part: string): boolean {
  const [address = '', bits, ...rest] = part.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function shown(value: number): string {
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const) {
    if (value >= size && value % size === 0) return `${value / size}${unit}`;
  }
  return `${value}s`;
}
