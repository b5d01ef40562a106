import { readFileSync } from 'node:fs';
import type { Field } from './field.js';

export type ConfigFields = Readonly<Record<string, Field<unknown>>>;
export type ConfigOf<F extends ConfigFields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };
/** A rule over several settings: what is wrong, names only. */
export type ConfigRule<F extends ConfigFields> = (config: ConfigOf<F>, env: Environment) => readonly string[];
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSchema<F extends ConfigFields> {
  readonly fields: F;
  readonly rules: readonly ConfigRule<F>[];
}

export function defineConfig<F extends ConfigFields>(fields: F, ...rules: ConfigRule<F>[]): ConfigSchema<F> {
  return { fields, rules };
}

/** The configuration cannot be used. The message is one readable list: names and rules, never values. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings once. An empty variable counts as absent. All faults are found before any is reported.
 *
 * @throws {ConfigError}
 */
export function loadConfig<F extends ConfigFields>(schema: ConfigSchema<F>, env: Environment): ConfigOf<F> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(schema.fields)) values[name] = readField(name, one, env, faults);
  const config = values as ConfigOf<F>;
  // Rules speak of sound values only; on top of a fault they would guess.
  if (faults.length === 0) for (const rule of schema.rules) faults.push(...rule(config, env));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function readField(name: string, one: Field<unknown>, env: Environment, faults: string[]): unknown {
  const before = faults.length;
  const text = textOf(name, one, env, faults) ?? one.fallback;
  if (text === undefined) {
    if (one.required && faults.length === before) {
      faults.push(`${name} is missing: ${one.rule}`);
    }
    return undefined;
  }
  const result = one.schema.safeParse(text);
  if (result.success) return result.data;
  const custom = result.error.issues.find(({ code, message }) => code === 'custom' && message !== 'Invalid input');
  faults.push(custom ? `${name} ${custom.message}` : `${name} must be ${one.rule}`);
  return undefined;
}

function textOf(name: string, one: Field<unknown>, env: Environment, faults: string[]): string | undefined {
  const direct = env[name]?.trim() ? env[name] : undefined;
  const file = one.secret ? env[`${name}_FILE`] : undefined;
  if (!file) return one.secret ? direct : direct?.trim();
  if (direct !== undefined) {
    faults.push(`${name} and ${name}_FILE are both set; keep one of them`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    faults.push(`${name}_FILE names a file that cannot be read`);
    return undefined;
  }
}
