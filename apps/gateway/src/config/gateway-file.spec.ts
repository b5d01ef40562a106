import { testFolder } from '@gatehouse/testing';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describeFault, GatewayConfigRefused } from './config-fault.js';
import { examineGateway, loadGatewaySettings } from './load-gateway-settings.js';

const folder = testFolder('gateway-file');
const key = randomBytes(32).toString('base64');
const SECRET = 'hunter2-hunter2-hunter2';

/** The least that starts, as plain values. */
const least = () => ({
  version: 1,
  server: { publicUrl: 'https://app.example' },
  auth: {
    url: 'http://auth:8080',
    clientId: 'gateway',
    clientSecret: SECRET,
    issuer: 'https://auth.example',
    trustAnchor: 'MFkw',
  },
  providers: {
    main: {
      type: 'oidc',
      issuer: 'https://id.example',
      clientId: 'app',
      credential: { type: 'secret', secret: SECRET },
    },
  },
  session: { store: 'redis', url: 'redis://redis:6379', keys: [key] },
  upstreams: { orders: { targets: ['http://orders:8081'] } },
  routes: [{ match: { path: '/api/**' }, upstream: 'orders' }],
});
type Least = ReturnType<typeof least>;

const write = (text: string, name = 'gateway.yaml') => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
/** What is wrong with the least file after a change, as people read it. */
const faultsOf = (change: (file: Least & Record<string, unknown>) => void, env: Record<string, string> = {}) => {
  const file = structuredClone(least());
  change(file);
  return textFaults(stringify(file, { aliasDuplicateObjects: false }), env);
};
const textFaults = (text: string, env: Record<string, string> = {}) => {
  const { faults, settings } = examineGateway(env, write(text));
  expect(settings === undefined).toBe(faults.length > 0);
  return faults.map((fault) => describeFault('gateway.yaml', fault));
};
const change = (changes: Record<string, unknown>) => (file: Record<string, unknown>) => {
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split('.');
    const last = parts.pop()!;
    const holder = parts.reduce<Record<string, unknown>>(
      (at, part) => (at[part] ??= {}) as Record<string, unknown>,
      file,
    );
    if (value === undefined) Reflect.deleteProperty(holder, last);
    else holder[last] = value;
  }
};

describe("the gateway's file", () => {
  it('becomes settings, in milliseconds and bytes, with defaults for what it does not say', () => {
    const file = {
      ...least(),
      server: { ...least().server, paths: { emptySegments: 'merge' } },
      upstreams: {
        orders: {
          ...{ targets: ['http://orders:8081'], health: { path: '/health' } },
          ...{ breaker: { open: '1m' }, keepAlive: '30s' },
        },
      },
      routes: [
        { match: { path: '/public/**', methods: ['GET'] }, upstream: 'orders', auth: 'none' },
        {
          id: 'orders',
          match: { path: '/api/orders/**' },
          upstream: 'orders',
          stripPrefix: '/api',
          auth: { anyRole: ['orders-reader'], maxAge: '15m' },
          identity: { providerToken: { audience: 'api://orders' } },
          bearer: 'accept',
          websocket: { origins: ['https://other.example'] },
          timeout: { headers: '10s' },
          limits: { body: '1GiB' },
          retry: { attempts: 2 },
        },
      ],
    };
    const { faults, settings } = examineGateway({}, write(stringify(file)));
    expect(faults).toEqual([]);
    expect(settings).toMatchObject({
      server: {
        host: '0.0.0.0',
        port: 8080,
        headerLimitBytes: 32_768,
        drainDelayMs: 0,
        drainDeadlineMs: 30_000,
        paths: { semicolons: 'refuse', emptySegments: 'merge' },
      },
      auth: { clientId: 'gateway', audience: 'gatehouse', timeoutMs: 1_500 },
      defaultProvider: 'main',
      session: { store: 'redis', idleMs: 1_800_000, absoluteMs: 43_200_000, cookieName: '__Host-gw', remember: false },
      forwardAuth: { enabled: false },
      production: false,
    });
    expect(settings?.session.keys.map((one) => Buffer.from(one).toString('base64'))).toEqual([key]);
    expect(settings?.session.redis).toMatchObject({ kind: 'standalone', host: 'redis', port: 6379 });
    expect(settings?.auth.validator).toMatchObject({
      redisUrl: 'redis://redis:6379',
      trustAnchor: 'MFkw',
      issuer: 'https://auth.example',
      audience: 'gatehouse',
    });
    expect(settings?.routing.upstreams).toMatchObject([
      {
        name: 'orders',
        maxConnectionsPerTarget: 256,
        keepAliveMs: 30_000,
        health: { everyMs: 5_000 },
        breaker: { failures: 20, openMs: 60_000 },
      },
    ]);
    expect(settings?.routing.table.routes).toMatchObject([
      { id: 'GET /public/**', access: { kind: 'none' }, identity: { kind: 'none' }, csrf: false, webSocket: false },
      {
        id: 'orders',
        stripPrefix: '/api',
        access: { kind: 'session', anyRole: ['orders-reader'], allRoles: [], maxAuthAgeMs: 900_000 },
        identity: { kind: 'provider-token', audience: 'api://orders' },
        acceptBearer: true,
        csrf: true,
        webSocket: true,
        webSocketOrigins: ['https://other.example'],
        timeouts: { connectMs: 2_000, headersMs: 10_000, idleMs: 60_000 },
        bodyLimitBytes: 1024 ** 3,
        retries: 2,
        onStoreDown: { kind: 'deny' },
      },
    ]);
  });

  it('gives way to the environment, and to the embedded feed where there is no Redis', () => {
    const env = {
      PORT: '9000',
      SESSION_TTL: '1h',
      TRUSTED_PROXIES: '10.0.0.1',
      REDIS_URL: 'redis://other:7000',
      AUTH_TRUST_ANCHOR: 'MFkx',
    };
    const { settings } = examineGateway(env, write(stringify(least())));
    expect(settings).toMatchObject({
      server: { port: 9_000, trustedProxies: ['10.0.0.1'] },
      session: { idleMs: 3_600_000, redis: { host: 'other', port: 7_000 } },
      auth: { validator: { trustAnchor: 'MFkx', redisUrl: 'redis://other:7000' } },
    });
    const memory = { ...least(), server: { publicUrl: 'http://localhost:8082' }, session: { store: 'memory' } };
    const embedded = examineGateway({}, write(stringify(memory))).settings;
    expect(embedded?.auth.validator).toMatchObject({ authUrl: 'http://auth:8080' });
    expect(embedded?.session).toMatchObject({ cookieName: 'gw-dev', keys: [expect.any(Uint8Array)] });
    expect(embedded?.session.redis).toBeUndefined();
  });

  it('is filled in from the environment and from files, which can add no settings', () => {
    write(`${SECRET}\n`, 'secret');
    const file = {
      ...least(),
      server: { publicUrl: '${URL}', replicas: '${REPLICAS:-3}' },
      auth: { ...least().auth, clientSecret: 'file:secret', clientId: '${ID:-a$b}', audience: 'a-$${b}-${B:-}c' },
    };
    const text = stringify(file);
    const { settings, faults } = examineGateway({ URL: 'https://x.example', ID: 'a, b: {c: d}' }, write(text));
    expect(faults).toEqual([]);
    expect(settings?.auth).toMatchObject({ clientSecret: SECRET, clientId: 'a, b: {c: d}', audience: 'a-${b}-c' });
    expect(textFaults(text)).toEqual([expect.stringMatching(/server\.publicUrl: needs the environment variable URL/)]);
    // What a variable holds is the value itself, whatever it looks like.
    const nested = examineGateway({ URL: 'https://x.example', ID: 'file:secret' }, write(text));
    expect(nested.settings?.auth.clientId).toBe('file:secret');
  });

  it.each([
    ['an open brace', '${', 'has ${ without a name'],
    ['a name that is none', '${1A}', 'has ${ without a name'],
    ['a file that is not there', 'file:none', 'names a file that does not exist'],
    ['a folder', 'file:.', 'names a file that is no regular file'],
    ['a pipe nobody writes to', 'file:pipe', 'names a file that is no regular file'],
    ['an empty file', 'file:empty', 'names a file that is empty'],
    ['a file that is far too large', 'file:large', 'names a file that is larger than 64 KiB'],
    ['a file that is no text', 'file:binary', 'names a file that is not in UTF-8'],
  ])('is refused with %s for a value', (_what, value, fault) => {
    write('', 'empty');
    write('x'.repeat(70_000), 'large');
    writeFileSync(join(folder, 'binary'), Buffer.from([0x61, 0xff, 0xfe]));
    execFileSync('sh', ['-c', 'test -p pipe || mkfifo pipe'], { cwd: folder });
    const faults = faultsOf(change({ 'auth.clientSecret': value }));
    expect(faults).toEqual([expect.stringContaining(`auth.clientSecret: ${fault}`)]);
  });

  it('tells all that is wrong in one list, in the order of the file, with line and column and no value', () => {
    const text = `version: 2
server: { publicUrl: "${SECRET}", limts: { body: 1MiB } }
auth:
  url: ${SECRET}
  clientId: gateway
  clientSecret: short
  issuer: [${SECRET}]
  trustAnchor: MFkw
  timeout: ${SECRET}
providers:
  main: { type: ${SECRET}, clientId: 1 }
session: { store: ${SECRET}, idle: ${SECRET} }
upstreams: { orders: { targets: ["${SECRET}"] } }
routes:
  - match: { path: "${SECRET}", methods: [get] }
    upstream: orders
    auth: ${SECRET}
    identity: { providerToken: {} }
    timeout:
      headers: 10
`;
    const faults = textFaults(text, { PORT: SECRET });
    expect(faults.join('\n')).not.toContain('hunter2');
    expect(faults).toEqual([
      'PORT must be a whole number from 0 to 65535',
      'gateway.yaml:1:1 version: must be 1',
      expect.stringContaining('gateway.yaml:2:11 server.publicUrl: must be https:// or http://'),
      'gateway.yaml:2:49 server.limts: is no setting; limits is one',
      expect.stringContaining('gateway.yaml:4:3 auth.url: must be https:// or http://'),
      'gateway.yaml:6:3 auth.clientSecret: must be a secret of at least 16 characters',
      'gateway.yaml:7:3 auth.issuer: must be a text',
      expect.stringContaining('gateway.yaml:9:3 auth.timeout: must be a duration from 100ms to 2s, such as'),
      'gateway.yaml:11:11 providers.main.type: must be one of entra, oidc',
      'gateway.yaml:12:12 session.store: must be one of redis, memory',
      expect.stringContaining('gateway.yaml:12:44 session.idle: must be a duration from 1m to 90d'),
      expect.stringContaining('gateway.yaml:13:34 upstreams.orders.targets[0]: must be http:// or https://'),
      'gateway.yaml:15:14 routes[0].match.path: must begin with /',
      'gateway.yaml:15:57 routes[0].match.methods[0]: must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      expect.stringContaining('gateway.yaml:17:5 routes[0].auth: must be none, any, or what is asked for'),
      'gateway.yaml:18:17 routes[0].identity.providerToken.audience: is missing: must be a text',
      expect.stringContaining('gateway.yaml:20:7 routes[0].timeout.headers: must be a duration from 50ms to 10m'),
    ]);
  });

  it('throws that list where somebody starts from it', () => {
    const path = write('version: 2');
    expect(() => loadGatewaySettings({ GATEWAY_CONFIG: path })).toThrow(GatewayConfigRefused);
    expect(() => loadGatewaySettings({ GATEWAY_CONFIG: path })).toThrow(/cannot be used:\n {2}- gateway\.yaml:1:1 /);
    const gone = examineGateway({ GATEWAY_CONFIG: join(folder, 'none.yaml') });
    expect(gone.faults).toEqual([{ path: [], message: 'none.yaml does not exist' }]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'an unknown upstream',
      { routes: [{ match: { path: '/a' }, upstream: 'order' }] },
      'routes[0].upstream: names no upstream of this file; there is orders',
    ],
    ['an unknown provider', { login: 'other' }, 'login: names no provider of this file; there is main'],
    [
      'a member of every object as a name',
      { routes: [{ match: { path: '/a' }, upstream: 'constructor' }] },
      'routes[0].upstream: names no upstream',
    ],
    [
      'two ids alike',
      {
        routes: [
          { id: 'x', match: { path: '/a' }, upstream: 'orders' },
          { id: 'x', match: { path: '/b' }, upstream: 'orders' },
        ],
      },
      'routes[1].id: is the id of routes[0] too',
    ],
    [
      'routes that cross',
      {
        routes: [
          { match: { path: '/a/*' }, upstream: 'orders' },
          { match: { path: '/*/b' }, upstream: 'orders' },
        ],
      },
      'routes[1].match.path: crosses an earlier route: both take /a/b',
    ],
    [
      'a route nobody reaches',
      { routes: [{ match: { path: '/_gw/x' }, upstream: 'orders' }] },
      'routes[0].match.path: is never reached',
    ],
    [
      'a pattern that is none',
      { routes: [{ match: { path: '/a/**/b' }, upstream: 'orders' }] },
      'routes[0].match.path: may have /** at its end only',
    ],
    ['keys of Redis that begin with what marks a slot', { 'session.prefix': 'a{b}' }, 'session.prefix: must be words'],
    ['connections that are kept for ever', { 'upstreams.orders.keepAlive': '1d' }, 'upstreams.orders.keepAlive: must'],
    [
      'a prefix that is none',
      { routes: [{ match: { path: '/*/a' }, upstream: 'orders', stripPrefix: '/api' }] },
      'routes[0].stripPrefix: must be how every path',
    ],
    [
      'an identity of nobody',
      { routes: [{ match: { path: '/a' }, upstream: 'orders', auth: 'none', identity: 'token' }] },
      'routes[0].identity: has nobody to tell of',
    ],
    [
      'a token for Graph',
      {
        routes: [
          {
            match: { path: '/a' },
            upstream: 'orders',
            identity: { providerToken: { audience: 'https://graph.microsoft.com' } },
          },
        ],
      },
      'routes[0].identity: must not pass on tokens for Microsoft Graph',
    ],
    [
      'a rule that asks for nothing',
      { routes: [{ match: { path: '/a' }, upstream: 'orders', auth: {} }] },
      'routes[0].auth: asks for nothing',
    ],
    [
      'an old decision for administrators',
      {
        routes: [
          {
            match: { path: '/a' },
            upstream: 'orders',
            auth: { anyRole: ['gateway-admin'] },
            onStoreDown: { stale: '30s' },
          },
        ],
      },
      'routes[0].onStoreDown: must be deny',
    ],
    [
      'an old decision below /admin',
      { routes: [{ match: { path: '/admin/**' }, upstream: 'orders', onStoreDown: { stale: '30s' } }] },
      'routes[0].onStoreDown: must be deny',
    ],
    [
      'an old decision where a fresh sign-in is asked for',
      {
        routes: [{ match: { path: '/a' }, upstream: 'orders', auth: { maxAge: '5m' }, onStoreDown: { stale: '30s' } }],
      },
      'routes[0].onStoreDown: must be deny',
    ],
    [
      'plain http that leaves this machine',
      { 'server.publicUrl': 'http://app.example' },
      'server.publicUrl: must begin with https://',
    ],
    [
      'a path in its own address',
      { 'server.publicUrl': 'https://app.example/x' },
      'server.publicUrl: must be https:// or http://',
    ],
    [
      'a password in a target',
      { 'upstreams.orders.targets': ['http://me:pass@orders'] },
      'upstreams.orders.targets[0]: must be http://',
    ],
    [
      'a target twice',
      { 'upstreams.orders.targets': ['http://orders', 'http://orders:80'] },
      'upstreams.orders.targets[1]: stands twice',
    ],
    ['no target', { 'upstreams.orders.targets': [] }, 'upstreams.orders.targets: must name at least one target'],
    [
      'an origin that is none',
      { routes: [{ match: { path: '/a' }, upstream: 'orders', websocket: { origins: ['*'] } }] },
      'routes[0].websocket.origins[0]: must be https://',
    ],
    [
      'memory beside replicas',
      { 'session.store': 'memory', 'server.replicas': 2 },
      'session.store: must be redis where replicas is more than 1',
    ],
    ['Redis without a key', { 'session.keys': undefined }, 'session.keys: is missing'],
    ['a key that is too short', { 'session.keys': ['c2hvcnQ='] }, 'session.keys[0]: must be 32 random bytes'],
    [
      'a key of one byte over and over',
      { 'session.keys': ['00'.repeat(32)] },
      'session.keys[0]: repeats the same few bytes',
    ],
    [
      'a key out of an example',
      { 'session.keys': [Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64')] },
      'session.keys[0]: is a row of numbers',
    ],
    [
      'a sentence for a key',
      { 'session.keys': [Buffer.from('the quick brown fox jumps over a').toString('base64')] },
      'session.keys[0]: is a text',
    ],
    ['a key twice', { 'session.keys': [key, key] }, 'session.keys[1]: is there twice'],
    ['a cookie any host may set', { 'session.cookie': 'gw' }, 'session.cookie: must begin with __Host-'],
    [
      'a cookie browsers drop',
      { 'server.publicUrl': 'http://localhost', 'session.cookie': '__Host-gw' },
      'session.cookie: must not begin with __Host-',
    ],
    ['a cookie that is two', { 'session.cookie': '__Host-a=b; c' }, 'session.cookie: must consist of letters'],
    [
      'a session that rests longer than it lives',
      { 'session.idle': '2h', 'session.absolute': '1h' },
      'session.idle: must not be longer than absolute',
    ],
    [
      'a limit that is the auth service’s',
      { 'session.maxPerUser': 5 },
      'session.maxPerUser: is no setting here: the auth service limits sessions',
    ],
    ['no way to the keys of tokens', { 'auth.trustAnchor': undefined }, 'auth.trustAnchor: is missing'],
    [
      'two ways to the keys of tokens',
      { 'auth.jwksUri': 'https://auth.example/jwks' },
      'auth.jwksUri: stands beside trustAnchor',
    ],
    ['a Redis that is none', { 'session.url': 'http://redis' }, 'session.url: must start with'],
    ['ForwardAuth that trusts nobody', { forwardAuth: true }, 'forwardAuth: needs server.trustedProxies'],
    [
      'a provider over plain http',
      { 'providers.main.issuer': 'http://id.example' },
      'providers.main.issuer: is not an https address',
    ],
    ['a name with a slash', { 'providers.a/b': {} }, 'providers.a/b: must be a name of lower-case letters'],
    [
      'an Entra tenant that is everybody',
      {
        'providers.main': {
          type: 'entra',
          tenant: 'common',
          clientId: 'a',
          credential: { type: 'secret', secret: SECRET },
        },
      },
      'providers.main.allowedTenants: is missing: must name who may come in',
    ],
    [
      'a key that is no PEM',
      { 'providers.main.credential': { type: 'private_key', privateKeyPem: SECRET } },
      'providers.main.credential: the private key is not one in PEM',
    ],
    [
      'a token file read too early',
      { 'providers.main.credential': { type: 'federated', tokenFile: 'file:gateway.yaml' } },
      'providers.main.credential.tokenFile: is the path itself',
    ],
    [
      'a network that is none',
      { 'server.trustedProxies': ['10.0.0.0/33'] },
      'server.trustedProxies[0]: must be an address or a network',
    ],
    ['a place to listen that is none', { 'server.listen': '::1:8080' }, 'server.listen: must be host:port'],
    ['what a newer version knows', { timeouts: {} }, 'timeouts: is no setting here; there are version, server'],
  ])('is refused for %s', (_what, changes, fault) => {
    const faults = faultsOf(change(changes));
    expect(faults).toEqual([expect.stringContaining(` ${fault}`)]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('names the provider pages go to, or lets people choose among several', () => {
    const both = { ...least().providers, second: { ...least().providers.main, displayName: 'The other one' } };
    const examined = (changes: Record<string, unknown>) => {
      const file = { ...least(), ...changes };
      return examineGateway({}, write(stringify(file, { aliasDuplicateObjects: false })));
    };
    const { faults, settings } = examined({ providers: both });
    expect([faults, settings?.defaultProvider]).toEqual([[], undefined]);
    expect(settings?.providers.get('second')?.displayName).toBe('The other one');
    expect(examined({ providers: both, login: 'second' }).settings?.defaultProvider).toBe('second');
  });

  it.each(['Orders.Read', 'ADMIN', 'a b', '1st', 'r'.repeat(33)])(
    'asks for no role that the auth service would not define: %s',
    (role) => {
      const route = { match: { path: '/x' }, upstream: 'orders', auth: { anyRole: [role] } };
      expect(faultsOf(change({ routes: [route] }))).toEqual([
        expect.stringContaining('must be a role of the auth service'),
      ]);
    },
  );

  it.each<[string, Record<string, unknown>, string]>([
    [
      'plain http',
      { 'server.publicUrl': 'http://localhost:8080' },
      'server.publicUrl: must begin with https:// in production',
    ],
    ['sessions in memory', { 'session.store': 'memory' }, 'session.store: must be redis in production'],
    [
      'a provider over http',
      { 'providers.main.allowInsecure': true },
      'providers.main.allowInsecure: must be left out in production',
    ],
  ])('is refused in production for %s, which is taken elsewhere', (_what, changes, fault) => {
    expect(faultsOf(change(changes), { NODE_ENV: 'production' })).toEqual([expect.stringContaining(fault)]);
    expect(faultsOf(change(changes))).toEqual([]);
  });

  it('may keep sessions in memory in production where somebody insists', () => {
    const insisting = change({ 'session.store': 'memory', 'session.allowMemory': true, 'server.replicas': 2 });
    expect(faultsOf(insisting, { NODE_ENV: 'production' })).toEqual([]);
  });

  it('notes that sessions in memory end with the process', () => {
    const memory = { ...least(), session: { store: 'memory' } };
    expect(examineGateway({}, write(stringify(memory))).notes).toMatchObject([
      { path: ['session', 'store'], message: expect.stringContaining('end with this process') },
    ]);
    expect(examineGateway({}, write(stringify(least()))).notes).toEqual([]);
  });

  it('notes in production a Redis without TLS or password', () => {
    const notesOf = (url: string) => {
      const text = stringify({ ...least(), session: { ...least().session, url } });
      return examineGateway({ NODE_ENV: 'production' }, write(text)).notes.map(({ message }) => message);
    };
    expect(notesOf('rediss://:pass@redis')).toEqual([]);
    expect(notesOf('redis://:pass@redis')).toEqual([expect.stringContaining('rediss://')]);
    expect(notesOf('rediss://redis')).toEqual([expect.stringContaining('has no password')]);
  });

  it('notes what is allowed and worth a look', () => {
    const file = { ...least(), upstreams: { ...least().upstreams, spare: { targets: ['http://spare'] } } };
    const open = { ...file, routes: [{ match: { path: '/**' }, upstream: 'orders', auth: 'none' }] };
    const { notes, settings } = examineGateway({}, write(stringify(open)));
    expect(settings).toBeDefined();
    expect(notes.map(({ message }) => message)).toEqual([
      'is used by no route',
      'lets everybody in to whatever no other route takes',
    ]);
  });
});

describe('YAML made to hurt', () => {
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, level) => {
      const before = `*a${level}`;
      return `a${level + 1}: &a${level + 1} [${Array(9).fill(before).join(', ')}]`;
    }),
  ].join('\n');

  it.each([
    ['a bomb of anchors', bomb, 'is one of more than 200 aliases'],
    ['an anchor within itself', 'routes: &r [*r]', 'is an alias of something it is itself part of, or of nothing'],
    ['an anchor that is not there', 'routes: *none', 'is an alias of something it is itself part of, or of nothing'],
    ['lists in lists without end', '['.repeat(100_000), ''],
    ['groups in groups without end', '{a: '.repeat(100_000), ''],
    ['dashes without end', '- '.repeat(100_000), ''],
    ['keys without end', '? '.repeat(100_000), ''],
    ['lists in lists that end', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, ''],
    ['nesting that ends', `version: ${'['.repeat(60)}${']'.repeat(60)}`, 'is far too large or too deep'],
    ['more nodes than any file has', `routes: [${'1,'.repeat(60_000)}1]`, 'is far too large or too deep'],
    ['a second key of one name', 'version: 1\nversion: 2', 'stands twice; keep one of them'],
    ['a second key deep inside', 'auth: { url: a, "url": b }', 'stands twice; keep one of them'],
    ['a merge', 'a: &a { b: 1 }\nauth:\n  <<: *a', 'has a merge key'],
    ['a tag of its own', 'version: !!js/function "x"', 'has a tag'],
    ['a tag of bytes', 'version: !!binary aGk=', 'has a tag'],
    ['the prototype of all objects', '__proto__: { admin: true }', 'has a key that no setting may have'],
    ['the prototype deep inside', 'auth: { "__proto__": { url: x } }', 'has a key that no setting may have'],
    ['a constructor', 'constructor: { prototype: {} }', 'has a key that no setting may have'],
    ['keys that are no texts', '1: a\n? [a, b]\n: c', 'has a key that is no text'],
    ['a second document', 'version: 1\n---\nversion: 2', 'begins a second document'],
    ['YAML of 2005', '%YAML 1.1\n---\nversion: 1', 'asks for another version of YAML'],
    ['a tab for an indent', 'auth:\n\turl: x', ''],
    ['a quote that does not end', 'version: "1', ''],
    ['a list where the file belongs', '- a', 'must be a group of settings'],
    ['nothing', '', ''],
    ['one word', 'hello', 'must be a group of settings'],
  ])('is refused: %s', (_what, text, fault) => {
    const began = Date.now();
    const faults = textFaults(text);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(faults.length).toBeLessThan(20);
    expect(faults.some((one) => one.includes(fault))).toBe(true);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  it('is refused: a file of more than a mebibyte, or one that is no text', () => {
    expect(textFaults(`# ${'x'.repeat(1024 * 1024)}\nversion: 1`)).toEqual(['gateway.yaml is larger than 1024 KiB']);
    writeFileSync(join(folder, 'gateway.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    expect(examineGateway({}, join(folder, 'gateway.yaml')).faults).toEqual([
      { path: [], message: 'gateway.yaml is not in UTF-8' },
    ]);
  });

  it('never repeats what stands in the file, however broken it is', () => {
    for (const text of [
      `auth: { clientSecret: ${SECRET}`,
      `a: ${SECRET}: b`,
      `x: "${SECRET}`,
      `- ${SECRET}\nb: c`,
      `&${SECRET} *${SECRET}`,
      `!${SECRET} x`,
      `${SECRET}:\n\t- x`,
      `a: |${SECRET}`,
    ]) {
      const faults = textFaults(text);
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.filter((one) => !one.includes(`${SECRET}: is no setting here`)).join()).not.toContain('hunter2');
    }
  });

  it('never makes the reader fail, whatever stands in it', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a ',
      '*a',
      '!!x ',
      '|',
      '>',
      '"',
      "'",
      '#',
      '%',
      '---',
      '<<',
      '${',
      '}',
      'file:',
      '\t',
      '?',
      '\u0000',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { faults, settings } = examineGateway({}, write(pieces.join('')));
        expect([settings, faults.length > 0]).toEqual([undefined, true]);
      }),
      { numRuns: 400 },
    );
  });

  it('may use anchors as people do', () => {
    const text = stringify(least()).replace('match:', 'match: &here').replace('/api/**', '/api/**');
    expect(textFaults(`${text}`)).toEqual([]);
    const file = readFileSync(join(folder, 'gateway.yaml'), 'utf8');
    expect(file).toContain('&here');
  });
});
