import { providerSettings } from '@gatehouse/oidc';
import { z } from 'zod';
import { isMap, readMap } from '../../config/read-map.js';
import { ROLE_NAME_PATTERN } from '../../roles/permissions.js';
import { scopesIn } from '../../oauth/scopes.js';
import type { ProviderConfig, ProviderRules } from './identity-provider.js';

export interface ReadProviders {
  readonly providers: readonly ProviderConfig[];
  /** Names and rules, never values. */
  readonly faults: readonly string[];
  /** Names of those that are to be spoken with in the clear, whatever else is wrong with them. */
  readonly insecure: readonly string[];
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const MAX_PROVIDERS = 20;
const MAX_ROLES = 200;

const rules = z.strictObject({
  displayName: z.string().min(1).max(60).optional(),
  roleMap: z.record(z.string().min(1).max(256), z.array(z.string().regex(ROLE_NAME_PATTERN)).max(20)).default({}),
  signUp: z.enum(['allow', 'invite-only']).default('allow'),
  email: z.enum(['verified', 'always', 'never']).default('verified'),
  bearer: z.strictObject({ scopes: z.array(z.string().refine(isScope)).min(1).max(20) }).optional(),
});
const OURS: ReadonlySet<string> = new Set(Object.keys(rules.shape));

/**
 * Reads the providers out of a text in YAML, which JSON is a part of: a map of names to `ProviderSettings` of `@gatehouse/oidc`, each with
 * what is said here of `displayName`, `roleMap`, `signUp`, `email` and `bearer`. All faults are found before any is told.
 */
export function readProviders(text: string): ReadProviders {
  const read = readMap(text, 'providers');
  if (typeof read === 'string') return { providers: [], faults: [read], insecure: [] };
  const entries = Object.entries(read);
  if (entries.length > MAX_PROVIDERS) {
    return { providers: [], faults: [`names more than ${MAX_PROVIDERS} providers`], insecure: [] };
  }
  const results = entries.map(([name, value]) => readProvider(name, value));
  return {
    providers: results.flatMap((result) => ('faults' in result ? [] : [result])),
    faults: results.flatMap((result) => ('faults' in result ? result.faults : [])),
    insecure: entries
      .filter(([name, value]) => NAME.test(name) && isMap(value) && value['allowInsecure'] === true)
      .map(([name]) => name),
  };
}

function readProvider(name: string, value: unknown): ProviderConfig | { readonly faults: readonly string[] } {
  // A name that could be anything is not repeated.
  if (!NAME.test(name)) return { faults: ['names of providers are up to 32 lower-case letters, digits and -'] };
  if (!isMap(value)) return { faults: [`${name} must be a map`] };
  const members = Object.entries(value);
  const own = rules.safeParse(Object.fromEntries(members.filter(([member]) => OURS.has(member))));
  const settings = providerSettings.safeParse(Object.fromEntries(members.filter(([member]) => !OURS.has(member))));
  const faults = [...faultsOf(name, own), ...faultsOf(name, settings)];
  if (!own.success || !settings.success) return { faults };
  if (Object.keys(own.data.roleMap).length > MAX_ROLES) return { faults: [`${name}.roleMap is too long`] };
  return { name, settings: settings.data, rules: rulesOf(name, own.data) };
}

function rulesOf(
  name: string,
  { displayName = name, roleMap, signUp, email, bearer }: z.infer<typeof rules>,
): ProviderRules {
  return { displayName, roleMap: new Map(Object.entries(roleMap)), signUp, email, bearerScopes: bearer?.scopes };
}

function faultsOf(name: string, result: z.ZodSafeParseResult<unknown>): string[] {
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => {
    // Keys of a role map are the provider's words, and indices say nothing.
    const place = [name, ...path.filter((part) => typeof part === 'string' && /^[\w-]{1,40}$/.test(part))].join('.');
    return `${place}: ${message}`;
  });
}

function isScope(text: string): boolean {
  try {
    return scopesIn(text).length === 1;
  } catch {
    return false;
  }
}
