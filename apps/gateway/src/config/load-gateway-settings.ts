import { ConfigError, type Environment, loadConfig } from '@gatehouse/config';
import { tracingOf } from '@gatehouse/nest-kit';
import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { readSmallFile } from './adapters/read-small-file.js';
import { type ConfigFault, type FaultPath, GatewayConfigRefused } from './config-fault.js';
import { Findings } from './findings.js';
import { checkGateway } from './gateway-rules.js';
import type { GatewaySettings, UpstreamSettings } from './gateway-settings.js';
import { gatewayConfig, type GatewayEnvironment } from './gateway.config.js';
import { knownKeys } from './known-keys.js';
import { valuesFrom } from './read-values.js';
import { type Locate, MAX_FILE_BYTES, readYaml } from './read-yaml.js';
import { routeTableOf } from './route-settings.js';
import { schemaFaults } from './schema-faults.js';
import { gatewayFile, type GatewayFile, type UpstreamInFile } from './schema/gateway-file.schema.js';
import { freshSessionKey } from './session-keys.js';
import { placesOf } from './store-settings.js';
import { VERSION } from './version.js';

export interface ExaminedGateway {
  /** Path of the file, absolute. */
  readonly file: string;
  /** Whether there was a file to read. */
  readonly isRead: boolean;
  /** There where nothing is wrong. */
  readonly settings?: GatewaySettings;
  readonly faults: readonly ConfigFault[];
  /** What is allowed, and worth a look. */
  readonly notes: readonly ConfigFault[];
  /** A print of each group of the file, filled in: tells whether it changed without keeping what it says. */
  readonly prints: ReadonlyMap<string, string>;
  readonly locate: Locate;
}

/**
 * Reads and checks the gateway's file and environment.
 *
 * @throws {GatewayConfigRefused} with all that is wrong.
 */
export function loadGatewaySettings(env: Environment): GatewaySettings {
  const { file, settings, faults } = examineGateway(env);
  if (!settings) throw new GatewayConfigRefused(basename(file), faults);
  return settings;
}

/** The same, with faults as values and notes beside them. @param path in place of `GATEWAY_CONFIG` */
export function examineGateway(env: Environment, path?: string): ExaminedGateway {
  const { values, faults: outside } = environmentOf(env);
  const file = resolve(path ?? values?.GATEWAY_CONFIG ?? env['GATEWAY_CONFIG'] ?? 'gateway.yaml');
  const read = readSmallFile(file, MAX_FILE_BYTES);
  if (!read.ok) {
    const faults = [...outside, { path: [], message: `${basename(file)} ${read.why}` }];
    return { file, isRead: false, faults, notes: [], prints: new Map(), locate: () => ({}) };
  }

  const yaml = readYaml(read.text, valuesFrom(env, dirname(file)));
  const findings = new Findings(yaml.locate);
  findings.add([...outside, ...yaml.faults]);
  const parsed = yaml.value === undefined ? undefined : parse(yaml.value, yaml.faults, findings);
  const settings = parsed && values ? settingsOf(parsed, values, findings) : undefined;
  const { faults, notes } = findings;
  return {
    file,
    isRead: true,
    faults: inOrder(faults),
    notes: inOrder(notes),
    prints: printsOf(yaml.value),
    locate: yaml.locate,
    ...(settings && faults.length === 0 ? { settings } : {}),
  };
}

function printsOf(value: unknown): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map();
  const print = (one: unknown) => createHash('sha256').update(JSON.stringify(one)).digest('base64');
  return new Map(Object.entries(value).map(([name, one]) => [name, print(one)]));
}

function environmentOf(env: Environment): { values?: GatewayEnvironment; faults: ConfigFault[] } {
  try {
    return { values: loadConfig(gatewayConfig, env), faults: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { faults: error.faults.map((message) => ({ path: [], message })) };
  }
}

function parse(value: unknown, before: readonly ConfigFault[], findings: Findings): GatewayFile | undefined {
  const result = gatewayFile.safeParse(value);
  if (result.success) return result.data;
  // What could not be filled in has been told of; that it is also no number would be told twice.
  const told = new Set(before.map(({ path }) => JSON.stringify(path)));
  for (const { path, message } of schemaFaults(result.error.issues, knownKeys, (place) => isThere(value, place))) {
    if (!told.has(JSON.stringify(path))) findings.fault(path, message);
  }
  return undefined;
}

function isThere(value: unknown, [first, ...rest]: FaultPath): boolean {
  if (first === undefined) return value !== undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, first)) return false;
  return isThere((value as Record<string | number, unknown>)[first], rest);
}

function settingsOf(file: GatewayFile, env: GatewayEnvironment, findings: Findings): GatewaySettings | undefined {
  checkGateway(file, env, findings);
  const { redis, validator } = placesOf(file, env, findings);
  const keys = keysOf(file, findings);
  const table = routeTableOf(file, findings);
  if (!table) return undefined;
  const { server, auth, session } = file;
  const production = env.NODE_ENV === 'production';
  const tracing = tracingOf(env, { service: 'gateway', version: VERSION });
  return {
    server: {
      host: server.listen.host,
      port: env.PORT ?? server.listen.port,
      publicUrl: server.publicUrl,
      trustedProxies: env.TRUSTED_PROXIES ?? server.trustedProxies,
      headerLimitBytes: server.limits.headers,
      paths: server.paths,
      logins: { perNetwork: server.limits.logins, inAll: server.limits.loginsInAll },
      drainDelayMs: server.drain.delay ?? (production ? 5_000 : 0),
      drainDeadlineMs: server.drain.deadline,
    },
    auth: {
      url: auth.url,
      clientId: auth.clientId,
      clientSecret: auth.clientSecret,
      issuer: auth.issuer,
      audience: auth.audience,
      timeoutMs: auth.timeout,
      validator,
    },
    defaultProvider: file.login ?? onlyOne(Object.keys(file.providers)),
    providers: new Map(Object.entries(file.providers)),
    session: {
      store: session.store,
      ...(redis ? { redis } : {}),
      keys,
      idleMs: env.SESSION_TTL === undefined ? session.idle : env.SESSION_TTL * 1_000,
      absoluteMs: session.absolute,
      refreshWindowMs: session.refreshWindow,
      cookieName: session.cookie ?? (server.publicUrl.protocol === 'https:' ? '__Host-gw' : 'gw-dev'),
      remember: session.remember,
      prefix: session.prefix,
    },
    forwardAuth: { enabled: file.forwardAuth },
    production,
    logLevel: env.LOG_LEVEL,
    ...(tracing ? { tracing } : {}),
    insideNetworks: env.INTERNAL_NETWORKS,
    routing: { table, upstreams: Object.entries(file.upstreams).map(([name, one]) => upstreamOf(name, one)) },
  };
}

function keysOf({ session: { keys = [] } }: GatewayFile, findings: Findings): readonly Uint8Array[] {
  for (const [index, key] of keys.entries()) {
    const isKnown = keys.slice(0, index).some((other) => Buffer.compare(other, key) === 0);
    if (isKnown) findings.fault(['session', 'keys', index], 'is there twice; keep one of them');
  }
  return keys.length > 0 ? keys : [freshSessionKey()];
}

function upstreamOf(
  name: string,
  { targets, balance, maxConnections, keepAlive, health, ejection, breaker }: UpstreamInFile,
): UpstreamSettings {
  return {
    name,
    targets,
    balance,
    maxConnectionsPerTarget: maxConnections,
    keepAliveMs: keepAlive,
    ...(health
      ? {
          health: {
            path: health.path,
            everyMs: health.every,
            timeoutMs: health.timeout,
            unhealthyAfter: health.unhealthyAfter,
            healthyAfter: health.healthyAfter,
          },
        }
      : {}),
    ejection: { failures: ejection.errors, forMs: ejection.for },
    breaker: { failures: breaker.errors, openMs: breaker.open },
  };
}

/** Of several nobody is meant: people choose. */
function onlyOne(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** As somebody reads the file, from the top. */
function inOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  return [...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
