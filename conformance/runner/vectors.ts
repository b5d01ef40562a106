import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Settings of a validator, as the README of the vectors names them. */
export interface ValidatorSettings {
  readonly trust_anchor?: string;
  readonly key_bundle?: string;
  readonly jwks?: { readonly keys: readonly object[] };
  readonly jwt_secret?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly clock_tolerance_seconds?: number;
  readonly max_token_seconds?: number;
  /** For each decision. */
  readonly service_accounts?: boolean;
}

export interface ExpectedVerdict {
  readonly verdict: 'accepted' | 'refused';
  readonly reason?: string;
  readonly principal?: Readonly<Record<string, unknown>>;
}

export type Policy = 'open' | 'closed' | { readonly bounded_seconds: number };

export interface TokenVector {
  readonly id: string;
  readonly title: string;
  readonly now_ms: number;
  readonly token: string | null;
  readonly expected: ExpectedVerdict;
}

export interface TokenGroup {
  readonly id: string;
  readonly rows: readonly string[];
  readonly title: string;
  readonly validator: ValidatorSettings;
  readonly vectors: readonly TokenVector[];
}

export interface ConfigurationVector {
  readonly id: string;
  readonly rows: readonly string[];
  readonly title: string;
  readonly validator: ValidatorSettings;
  readonly expected: 'usable' | 'refused';
}

export interface JwsVector {
  readonly id: string;
  readonly rows: readonly string[];
  readonly title: string;
  readonly jwk: object;
  readonly algorithms: readonly ('ES256' | 'EdDSA' | 'RS256' | 'HS256')[];
  readonly jws: string;
  readonly expected: { readonly valid: boolean; readonly payload?: string };
}

export interface ExpectedToken {
  /** Name among the file's `tokens`. */
  readonly token: string;
  readonly freshness?: Policy;
  readonly expected: ExpectedVerdict;
}

export interface BundleStep {
  readonly document: string;
  readonly taken: boolean;
  readonly in_force: { readonly version: number; readonly keys: number } | null;
  readonly verdicts: readonly ExpectedToken[];
}

export interface BundleSequence {
  readonly id: string;
  readonly rows: readonly string[];
  readonly title: string;
  readonly validator: ValidatorSettings;
  readonly steps: readonly BundleStep[];
}

export interface StoredRecord {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface HeldEntry {
  readonly scope: string;
  readonly value: string;
  readonly cutoff: number;
  readonly until_ms: number;
  readonly optional?: boolean;
}

export type FeedStep =
  | { readonly do: 'start' }
  | { readonly do: 'read' }
  | { readonly do: 'cut' }
  | { readonly do: 'heal' }
  | { readonly do: 'append'; readonly records: readonly StoredRecord[] }
  | { readonly do: 'notice'; readonly text: string }
  | { readonly do: 'trim'; readonly keep: number }
  | { readonly do: 'roll_back'; readonly count: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'set_clock'; readonly ms: number }
  | {
      readonly do: 'expect';
      readonly complete: boolean;
      /** `null` is no bound: no proof at all. */
      readonly age_ms: { readonly least: number | null; readonly most: number | null };
      readonly epoch: string | null;
      readonly position: string | null;
      readonly replica: readonly HeldEntry[];
      readonly verdicts: readonly ExpectedToken[];
    };

export interface FeedTranscript {
  readonly id: string;
  readonly rows: readonly string[];
  readonly title: string;
  readonly steps: readonly FeedStep[];
}

export type NamedTokens = Readonly<Record<string, string>>;

/** Every file of vectors by its name. */
export interface VectorFiles {
  readonly tokens: { readonly groups: readonly TokenGroup[] };
  readonly configurations: { readonly vectors: readonly ConfigurationVector[] };
  readonly jws: { readonly vectors: readonly JwsVector[] };
  readonly 'key-bundles': {
    readonly now_ms: number;
    readonly tokens: NamedTokens;
    readonly sequences: readonly BundleSequence[];
  };
  readonly feed: {
    readonly now_ms: number;
    readonly validator: ValidatorSettings;
    readonly tokens: NamedTokens;
    readonly transcripts: readonly FeedTranscript[];
  };
}

export const FILE_NAMES = ['tokens', 'configurations', 'jws', 'key-bundles', 'feed'] as const;

export function readVectors<Name extends keyof VectorFiles>(name: Name): VectorFiles[Name] {
  return readJson('vectors', `${name}.json`) as VectorFiles[Name];
}

export function readSchema(name: string): object {
  return readJson('schema', `${name}.schema.json`) as object;
}

function readJson(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(__dirname, '..', ...path), 'utf8'));
}

/** The token of that name; a vector that names none is broken itself. */
export function tokenNamed(tokens: NamedTokens, name: string): string {
  const token = tokens[name];
  if (token === undefined) throw new Error(`no token is named "${name}"`);
  return token;
}
