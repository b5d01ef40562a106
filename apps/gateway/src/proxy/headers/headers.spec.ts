import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import type { ForwardPlan } from '../forward.port.js';
import { aRoute } from '../../../test/start-proxy.js';
import { setsOwnCookie, withoutOwnCookies } from './cookies.js';
import { requestHeaders } from './request-headers.js';
import { responseHeaders } from './response-headers.js';

type Pair = readonly [name: string, value: string];

function aPlan(given: Partial<ForwardPlan> = {}): ForwardPlan {
  return {
    route: aRoute(),
    target: '/',
    identityHeaders: [
      ['authorization', 'Bearer ours'],
      ['x-auth-user', '42'],
    ],
    client: { address: '192.0.2.7', proto: 'https', host: 'app.example.com' },
    ownCookies: ['__Host-gw', '__Host-gw-login'],
    requestId: 'request-0001',
    ...given,
  };
}

/** What Node makes of these headers, as far as it matters here. */
function aRequest(pairs: readonly Pair[]): IncomingMessage {
  const all = (wanted: string) => pairs.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  const connection = all('connection').join(', ') || undefined;
  const cookie = all('cookie').join('; ') || undefined;
  return {
    rawHeaders: pairs.flat(),
    headers: { connection, cookie },
    httpVersion: '1.1',
  } as unknown as IncomingMessage;
}

function sent(pairs: readonly Pair[], plan = aPlan()): Pair[] {
  return paired(requestHeaders(aRequest(pairs), plan, true));
}

function paired(flat: readonly string[]): Pair[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), flat[at + 1] as string] as const] : []));
}

const valuesOf = (pairs: readonly Pair[], wanted: string) =>
  pairs.filter(([name]) => name === wanted).map(([, value]) => value);

/** As CGI, WSGI and PHP read a name: every separator is the same. */
const folded = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '-');

describe('what an upstream is told about the person and the way (H1, H3, C14)', () => {
  it.each([
    ['authorization', 'Bearer ours'],
    ['x-auth-user', '42'],
    ['x-forwarded-for', '192.0.2.7'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'app.example.com'],
    ['forwarded', 'for=192.0.2.7;proto=https;host=app.example.com'],
    ['x-request-id', 'request-0001'],
  ])('%s is ours, however a client spells, doubles or lists it', (name, ours) => {
    const spellings = [
      name,
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replaceAll('-', '.'),
      name.replace('-', '_'),
    ];
    for (const spelling of spellings)
      for (const value of ['evil', 'Bearer evil', '']) {
        const seen = sent([
          [spelling, value],
          [spelling, value],
          ['Connection', `keep-alive, ${name}, x-auth-user, via`],
        ]);
        expect(seen.filter(([one]) => folded(one) === name)).toEqual([[name, ours]]);
      }
  });

  const protectedNames = [
    ...[
      'x-auth-roles',
      'x-auth-session',
      'x-auth-request-email',
      'x-user',
      'x-user-id',
      'x-remote-user',
      'remote-user',
    ],
    ...[
      'x-forwarded-user',
      'x-forwarded-uri',
      'x-forwarded-port',
      'x-forwarded-prefix',
      'x-forwarded-ssl',
      'x-forwarded',
    ],
    ...['x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-original-url'],
    ...[
      'x-original-uri',
      'x-original-host',
      'x-rewrite-url',
      'x-http-method-override',
      'x-method-override',
      'x-http-method',
    ],
    ...['x-client-cert', 'ssl-client-verify', 'x-ssl-client-s-dn', 'x-ms-client-principal', 'x-ms-client-principal-id'],
    ...['x-amzn-oidc-data', 'x-goog-authenticated-user-email', 'x-webauth-user', 'x-gatehouse-user', 'proxy', 'x-host'],
    ...[
      'proxy-authorization',
      'proxy-connection',
      'keep-alive',
      'te',
      'trailer',
      'upgrade',
      'http2-settings',
      'expect',
    ],
    ...['transfer-encoding', 'host'],
  ];

  it.each(protectedNames)('%s never passes', (name) => {
    for (const spelling of [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')])
      expect(sent([[spelling, 'evil']]).some(([, value]) => value.includes('evil'))).toBe(false);
  });

  it('passes on what is nobody’s secret: names, values, order, repeats', () => {
    const free: Pair[] = [
      ['Accept', 'application/json'],
      ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
      ['tracestate', 'a=1'],
      ['X-Custom', 'one'],
      ['X-Custom', 'two'],
      ['X-Session-ID', 'f3a1c5'],
      ['If-None-Match', '"x"'],
      ['Origin', 'https://app.example.com'],
    ];
    expect(sent(free).slice(0, free.length)).toEqual(free.map(([name, value]) => [name.toLowerCase(), value]));
  });

  it('takes away what Connection lists before it adds ours, so that ours cannot be listed', () => {
    const seen = sent([
      ['Connection', 'close, X-Custom ,authorization'],
      ['Connection', 'x-forwarded-for,X-Request-Id'],
      ['X-Custom', 'gone'],
      ['Accept', 'stays'],
    ]);
    expect(valuesOf(seen, 'x-custom')).toEqual([]);
    expect(valuesOf(seen, 'accept')).toEqual(['stays']);
    expect(valuesOf(seen, 'authorization')).toEqual(['Bearer ours']);
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['192.0.2.7']);
    expect(valuesOf(seen, 'x-request-id')).toEqual(['request-0001']);
  });

  it('names one client, not what the client says was before it (H2)', () => {
    const seen = sent([
      ['X-Forwarded-For', '203.0.113.1, 198.51.100.2'],
      ['Forwarded', 'for=203.0.113.1'],
    ]);
    expect(valuesOf(seen, 'x-forwarded-for')).toEqual(['192.0.2.7']);
    expect(valuesOf(seen, 'forwarded')).toEqual(['for=192.0.2.7;proto=https;host=app.example.com']);
  });

  it('quotes what RFC 7239 wants quoted, and leaves out a host that is none', () => {
    const via6 = sent([], aPlan({ client: { address: '2001:db8::7', proto: 'http', host: 'localhost:8082' } }));
    expect(valuesOf(via6, 'forwarded')).toEqual(['for="[2001:db8::7]";proto=http;host="localhost:8082"']);
    const odd = sent([], aPlan({ client: { address: '192.0.2.7', proto: 'http', host: 'a";for=evil' } }));
    expect(valuesOf(odd, 'forwarded')).toEqual(['for=192.0.2.7;proto=http']);
    expect(valuesOf(odd, 'x-forwarded-host')).toEqual([]);
  });

  it('tells the prefix it has taken off, and its own name behind those before it', () => {
    const seen = sent([['Via', '1.0 edge']], aPlan({ route: aRoute({ stripPrefix: '/api' }) }));
    expect(valuesOf(seen, 'x-forwarded-prefix')).toEqual(['/api']);
    expect(valuesOf(seen, 'via')).toEqual(['1.0 edge, 1.1 gatehouse']);
  });

  const anyCase = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) => [...name].map((c, at) => (upper[at] ? c.toUpperCase() : c)).join(''));
  const separator = fc.constantFrom('-', '_', '.', '~', '--');
  const evilName = fc
    .tuple(
      fc.constantFrom(...protectedNames, 'authorization', 'x-forwarded-for', 'forwarded', 'x-auth-user'),
      separator,
    )
    .chain(([name, other]) => anyCase(name.replaceAll('-', other)));
  const header = fc.oneof(
    fc.tuple(evilName, fc.constantFrom('evil', 'Bearer evil', 'for=evil')),
    fc.tuple(
      fc.constant('Connection'),
      fc.array(evilName, { maxLength: 3 }).map((names) => names.join(', ')),
    ),
    fc.tuple(fc.constantFrom('Accept', 'X-Fine'), fc.constant('good')),
    fc.tuple(
      fc.constant('Cookie'),
      fc.constantFrom('__Host-gw=evil', 'a=1; __Host-gw=evil', ' __Host-gw-login =evil;b=2'),
    ),
  );

  it('whatever a client sends, an upstream sees none of the protected names but ours', () => {
    const ours = new Set(sent([]).map(([name, value]) => `${name}: ${value}`));
    fc.assert(
      fc.property(fc.array(header, { maxLength: 12 }), (pairs) => {
        const seen = sent(pairs as Pair[]);
        const others = seen.filter(([name, value]) => !ours.has(`${name}: ${value}`));
        for (const [name, value] of others) {
          expect(['accept', 'x-fine', 'cookie']).toContain(name);
          expect(value).not.toContain('evil');
        }
        expect(seen.length - others.length).toBe(ours.size);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a bearer token of the client’s own', () => {
  const bearer: Pair = ['Authorization', 'Bearer theirs'];
  const open = aPlan({ route: aRoute({ acceptBearer: true }), identityHeaders: [] });

  it('passes where the route takes it and nobody is signed in by cookie', () => {
    expect(valuesOf(sent([bearer], open), 'authorization')).toEqual(['Bearer theirs']);
    expect(valuesOf(sent([bearer, ['Cookie', 'a=1']], open), 'authorization')).toEqual(['Bearer theirs']);
  });

  it.each<[string, Pair[], Partial<ForwardPlan>]>([
    ['on another route', [bearer], { route: aRoute() }],
    ['beside our cookie', [bearer, ['Cookie', 'a=1; __Host-gw=x.y']], {}],
    ['beside our own token', [bearer], { identityHeaders: [['authorization', 'Bearer ours']] }],
    ['when it is no bearer', [['Authorization', 'Basic dTpw']], {}],
  ])('stays here %s', (_where, pairs, given) => {
    const seen = valuesOf(sent(pairs, { ...open, ...given }), 'authorization');
    expect(seen.filter((value) => value !== 'Bearer ours')).toEqual([]);
  });
});

describe('cookies', () => {
  const own = ['__Host-gw', '__Host-gw-login'];

  it.each([
    ['__Host-gw=a.b', undefined],
    ['a=1; __Host-gw=a.b; c=3', 'a=1; c=3'],
    ['__Host-gw=a.b;c=3', 'c=3'],
    ['a=1;__Host-gw-login=z', 'a=1'],
    ['__Host-gw=1; __Host-gw=2', undefined],
    [' __Host-gw = a.b ; c=3', 'c=3'],
    ['__Host-gwx=1; x__Host-gw=2; b=__Host-gw', '__Host-gwx=1; x__Host-gw=2; b=__Host-gw'],
    ['a=1;  b="x y" ;c', 'a=1;  b="x y" ;c'],
  ])('of ours never leave: %j', (header, rest) => {
    expect(withoutOwnCookies(header, own)).toBe(rest);
  });

  it.each([
    '__Host-gw=x',
    ' __Host-gw=x; Path=/',
    '__host-GW=x',
    '=__Host-gw=x',
    '==__Host-gw=x',
    '__Host-gw',
    '__Host-gw-login=;Max-Age=0',
  ])('of ours are not an upstream’s to set: %j', (setCookie) => {
    expect(setsOwnCookie(setCookie, own)).toBe(true);
  });

  it.each(['__Host-gwx=1', 'a=__Host-gw', 'a=1; x=__Host-gw=2'])('of others are: %j', (setCookie) => {
    expect(setsOwnCookie(setCookie, own)).toBe(false);
  });
});

describe('what a client is told', () => {
  const answered = (flat: string[], plan = aPlan(), status = 200) =>
    paired(
      responseHeaders(
        flat.map((part) => Buffer.from(part, 'latin1')),
        plan,
        { status, origin: 'http://orders-1:8081' },
      ),
    );

  it('keeps each Set-Cookie but those for ours', () => {
    const seen = answered(['Set-Cookie', 'a=1', 'set-cookie', '__Host-gw=evil', 'Set-Cookie', 'b=2; Path=/']);
    expect(valuesOf(seen, 'set-cookie')).toEqual(['a=1', 'b=2; Path=/']);
  });

  it('loses what was about the upstream’s connection, also what that lists', () => {
    const seen = answered([
      ...[
        'Connection',
        'keep-alive, X-Inner',
        'Keep-Alive',
        'timeout=5',
        'Transfer-Encoding',
        'chunked',
        'Trailer',
        'x',
      ],
      ...[
        'X-Inner',
        '1',
        'Upgrade',
        'h2c',
        'Alt-Svc',
        'h3=":443"',
        'X-Accel-Redirect',
        '/etc/passwd',
        'X-Request-Id',
        'evil',
      ],
      ...['Content-Length', '3', 'X-Outer', '2'],
    ]);
    expect(seen).toEqual([
      ['content-length', '3'],
      ['x-outer', '2'],
      ['via', '1.1 gatehouse'],
      ['x-request-id', 'request-0001'],
    ]);
  });

  it('is not talked into dropping the length by Connection', () => {
    expect(valuesOf(answered(['Connection', 'content-length', 'Content-Length', '3']), 'content-length')).toEqual([
      '3',
    ]);
  });

  it('may clear storage, but not our cookies with it', () => {
    expect(valuesOf(answered(['Clear-Site-Data', '"cache"']), 'clear-site-data')).toEqual(['"cache"']);
    for (const all of ['"cookies"', '"*"', '"cache", "Cookies"'])
      expect(valuesOf(answered(['Clear-Site-Data', all]), 'clear-site-data')).toEqual([]);
  });

  it('is sent to addresses it can reach', () => {
    const plan = aPlan({ route: aRoute({ stripPrefix: '/api' }) });
    const location = (value: string) => valuesOf(answered(['Location', value], plan, 302), 'location')[0];
    expect(location('http://orders-1:8081/orders/7?a#b')).toBe('https://app.example.com/api/orders/7?a#b');
    expect(location('http://orders-1:8081')).toBe('https://app.example.com/api');
    for (const other of [
      '/orders/7',
      'https://elsewhere.example/',
      'http://orders-1:80811/x',
      'http://orders-1:8081.evil/',
    ])
      expect(location(other)).toBe(other);
  });

  it('sends ours beside the upstream’s, and no length with 204', () => {
    const seen = answered(
      ['Content-Length', '0', 'Set-Cookie', 'a=1'],
      aPlan({ responseHeaders: [['set-cookie', '__Host-gw=new']] }),
      204,
    );
    expect(valuesOf(seen, 'set-cookie')).toEqual(['a=1', '__Host-gw=new']);
    expect(valuesOf(seen, 'content-length')).toEqual([]);
  });
});
