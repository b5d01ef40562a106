import fc from 'fast-check';
import { canonicalPath } from '../paths/canonical-path.js';
import { routeConflicts } from './route-conflicts.js';
import { parsePattern, patternKey, type RoutePattern } from './route-pattern.js';
import { CompiledRouteTable, type RouteEntry } from './route-table.js';
import type { Route } from './route.js';

const patternOf = (text: string): RoutePattern => {
  const parsed = parsePattern(text);
  if (!parsed.ok) throw new Error(`${text} ${parsed.fault}`);
  return parsed.pattern;
};
const entry = (text: string): RouteEntry => {
  const [, methods = '', path = ''] = /^(?:([A-Z,]+) )?(\/.*)$/.exec(text) ?? [];
  return {
    pattern: patternOf(path),
    methods: methods === '' ? [] : methods.split(','),
    route: { id: text } as Route,
  };
};
const tableOf = (...texts: string[]) => new CompiledRouteTable(texts.map(entry));
const faultOf = (text: string) => {
  const parsed = parsePattern(text);
  return parsed.ok ? undefined : parsed.fault;
};

/** Which route gets a request; in words where none does. */
const asked = (table: CompiledRouteTable, request: string) => {
  const [method = '', path = ''] = request.split(' ');
  const match = table.match(method, path);
  if (match.kind === 'matched') return match.route.id;
  return match.kind === 'unknown' ? 'unknown' : `allow ${match.allow.join(',')}`;
};

describe('a route table', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['/a/b/', 'unknown'],
    ['/a', 'unknown'],
    ['/a/b/c', 'unknown'],
    ['/A/b', 'unknown'],
    ['/one/x', '/one/*'],
    ['/one/', 'unknown'],
    ['/one', 'unknown'],
    ['/one/x/y', 'unknown'],
    ['/all', '/all/**'],
    ['/all/', '/all/**'],
    ['/all/x/y', '/all/**'],
    ['/allx', 'unknown'],
    ['/people/7/orders', '/people/{id}/orders'],
    ['/', '/'],
    ['*', 'unknown'],
    ['', 'unknown'],
    ['/__proto__', 'unknown'],
    ['/constructor/x', 'unknown'],
  ])('takes %s to %s', (path, expected) => {
    const table = tableOf('/', '/a/b', '/one/*', '/all/**', '/people/{id}/orders');
    expect(asked(table, `GET ${path}`)).toBe(expected);
  });

  it('lets the most specific path decide, in whatever order the routes stand', () => {
    const texts = ['/**', '/api/**', '/api/*/items', '/api/orders/**', '/api/orders/items', '/api/orders/*'];
    for (const order of [texts, [...texts].reverse()]) {
      const table = tableOf(...order);
      expect(asked(table, 'GET /x')).toBe('/**');
      expect(asked(table, 'GET /api/x')).toBe('/api/**');
      expect(asked(table, 'GET /api/x/items')).toBe('/api/*/items');
      expect(asked(table, 'GET /api/orders/items')).toBe('/api/orders/items');
      expect(asked(table, 'GET /api/orders/7')).toBe('/api/orders/*');
      expect(asked(table, 'GET /api/orders/7/x')).toBe('/api/orders/**');
      expect(asked(table, 'GET /api/orders')).toBe('/api/orders/**');
    }
  });

  it('goes back where a narrower beginning leads nowhere', () => {
    expect(asked(tableOf('/a/b/c', '/a/*/d', '/**'), 'GET /a/b/d')).toBe('/a/*/d');
    expect(asked(tableOf('/a/b/c', '/**'), 'GET /a/b/d')).toBe('/**');
  });

  it('refuses a method the path has no route for, and asks no wider route, which might ask less', () => {
    const table = tableOf('GET,POST /admin/**', '/**');
    expect(asked(table, 'DELETE /admin/x')).toBe('allow GET,HEAD,POST');
    expect(asked(table, 'DELETE /x')).toBe('/**');
  });

  it('has HEAD with GET, unless HEAD has a route of its own, and other methods beside named ones', () => {
    const table = tableOf('GET /a', 'GET /b', 'HEAD /b', 'GET /c', '/c');
    expect(asked(table, 'HEAD /a')).toBe('GET /a');
    expect(asked(table, 'HEAD /b')).toBe('HEAD /b');
    expect(asked(table, 'GET /c')).toBe('GET /c');
    expect(asked(table, 'PUT /c')).toBe('/c');
    expect(asked(table, 'get /a')).toBe('allow GET,HEAD');
  });

  it('widens no public path by another spelling, and lets no guarded one be gone round (C24)', () => {
    const table = tableOf('/public/**', '/a:b/**', '/caf%C3%A9', '/**');
    const through = (target: string, rules = {}) => {
      const canonical = canonicalPath(target, rules);
      return canonical.kind === 'refused' ? 'refused' : asked(table, `GET ${canonical.path}`);
    };
    for (const target of [
      '/public/../admin',
      '/public/%2e%2e/admin',
      '/public/..%2fadmin',
      '/public/%2E%2E%2Fadmin',
      '/public\\..\\admin',
      '/public/;/../admin',
      '/public//admin',
      '/public/%252e%252e/admin',
      '/public/%c0%ae%c0%ae/admin',
      '/public/%00',
      '/public#/admin',
    ]) {
      expect([target, through(target)]).toEqual([target, 'refused']);
    }
    expect(through('/%61:b/x')).toBe('/a:b/**');
    expect(through('/a%3Ab/x')).toBe('/a:b/**');
    expect(through('/a%3ab/x')).toBe('/a:b/**');
    expect(through('/caf%c3%a9')).toBe('/caf%C3%A9');
    expect(through('/public?/../admin')).toBe('/public/**');
    const lenient = { semicolons: 'pass', emptySegments: 'merge' };
    for (const target of ['/public/..;/a:b/x', '/public/;/../a:b/x', '/public;%2f..%2fa:b/x', '/public//../a:b']) {
      expect([target, through(target, lenient)]).toEqual([target, 'refused']);
    }
    for (const target of ['/a:b;v=1/x', '/a%3Ab;/x', '//a:b/x', '/a:b//x;y', '/%61:b;a;b=c;/x']) {
      expect([target, through(target, lenient)]).toEqual([target, '/a:b/**']);
    }
    expect(through('/caf%c3%a9;v=1', lenient)).toBe('/caf%C3%A9');
  });
});

describe('a pattern', () => {
  it.each([
    ['a/b', 'must begin with /'],
    ['', 'must begin with /'],
    ['/a?x=1', 'must be a path alone'],
    ['/a#x', 'must be a path alone'],
    ['/a/**/b', 'at its end only'],
    ['/a/*.js', 'for a whole segment only'],
    ['/a/x-{id}', 'for a whole segment only'],
    ['/a/{}', 'for a whole segment only'],
    ['/a//b', 'must not have //'],
    ['/a/../b', 'must not have . or ..'],
    ['/a;v=1', 'SEMICOLON'],
    ['/a\\b', 'BACKSLASH'],
    ['/a%2Fb', 'ENCODED_SEPARATOR'],
    ['/caf\u00e9', 'must be written as browsers send it'],
    ['/a b', 'must be written as browsers send it'],
    ['/%61', 'must have a in place'],
    ['/caf%c3%a9', 'must have caf%C3%A9 in place'],
    ['/{id}/{id}', 'one name for two segments'],
    [`/${'a/'.repeat(40)}`, 'more than 32 segments'],
    [`/${'a'.repeat(2_000)}`, 'longer than 1024'],
  ])('is refused as %s, with what to write instead', (text, fault) => {
    expect(faultOf(text)).toContain(fault);
  });

  it('can be written for every path that gets through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const canonical = canonicalPath(`/${text}`);
        fc.pre(canonical.kind === 'path' && !/[*{}]/.test(canonical.path) && canonical.path.length < 1_000);
        expect(faultOf((canonical as { path: string }).path)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe('conflicts of routes', () => {
  const conflictsOf = (...texts: string[]) =>
    routeConflicts(texts.map(entry)).map(
      ({ index, otherIndex, message }) => `${index}/${otherIndex ?? '-'} ${message}`,
    );

  it('are none where one route lies within another', () => {
    expect(conflictsOf('/**', '/a/**', '/a/*', '/a/b', 'GET /c', 'POST /c', '/c', '/d/*/e', '/d/**')).toEqual([]);
  });

  it.each([
    [['GET /a', 'POST,GET /a'], '1/0 takes GET of the same paths'],
    [['/a/{id}', '/a/*'], '1/0 takes all methods of the same paths'],
    [['/a:b', '/a%3Ab'], '1/0 takes all methods of the same paths'],
    [['/a/*/c', '/a/b/**'], '1/0 crosses an earlier route: both take /a/b/c'],
    [['/*/b', '/a/*'], '1/0 crosses an earlier route: both take /a/b'],
    [['/_gw/login'], '0/- is never reached: the gateway itself'],
    [['/metrics'], '0/- is never reached: the gateway itself'],
    [['/a', '/a/', '/a/*/**', '/a/**'], '3/- is never reached: narrower routes'],
    [['/', '/*/**', '/**'], '2/- is never reached: narrower routes'],
  ])('are found in %j', (texts, beginning) => {
    expect(conflictsOf(...texts)).toEqual([expect.stringContaining(beginning)]);
  });

  it('end where the paths two crossing ones share have a route of their own', () => {
    expect(conflictsOf('/a/*/c', '/a/b/**', '/a/b/c')).toEqual([]);
    expect(conflictsOf('/metrics/daily', '/*', '/health/x')).toEqual([]);
  });
});

/** The same rules, said plainly: all patterns that take the path, the most specific of them, then the method. */
function naively(entries: readonly RouteEntry[], method: string, path: string): string {
  const parts = path.slice(1).split('/').map(decodeURIComponent);
  const fits = ({ pattern: { segments, rest } }: RouteEntry) =>
    (rest ? segments.length <= parts.length : segments.length === parts.length) &&
    segments.every((segment, at) => (segment.kind === 'any' ? parts[at] !== '' : segment.text === parts[at]));
  const rankOf = ({ pattern: { segments } }: RouteEntry) =>
    [...segments.map(({ kind }) => (kind === 'literal' ? '0' : '1')), segments.length === parts.length ? '' : '2'].join(
      '',
    );
  const ranked = entries
    .filter(fits)
    .map((one) => ({ one, rank: `${rankOf(one)}${one.pattern.rest ? '2' : ''}` }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  const best = ranked[0]?.one;
  if (!best) return 'unknown';
  const same = entries.filter(({ pattern }) => patternKey(pattern) === patternKey(best.pattern));
  const named = (name: string) => same.find(({ methods }) => methods.includes(name))?.route.id;
  const found =
    named(method) ??
    (method === 'HEAD' ? named('GET') : undefined) ??
    same.find((one) => one.methods.length === 0)?.route.id;
  if (found !== undefined) return found;
  const allow = new Set(same.flatMap(({ methods }) => methods));
  if (allow.has('GET')) allow.add('HEAD');
  return `allow ${[...allow].sort().join(',')}`;
}

describe('the matcher beside a plain reading of its rules', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '*', '{x}', 'a%3A');
  const pattern = fc
    .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '/', '/**'))
    .map(([parts, end]) => parts.map((part) => `/${part}`).join('') + (parts.length === 0 && end === '' ? '/' : end))
    .filter((text) => parsePattern(text).ok);
  const methods = fc.constantFrom('', 'GET ', 'POST ', 'GET,HEAD ', 'PUT,DELETE ');
  const table = fc.uniqueArray(
    fc.tuple(methods, pattern).map(([method, text]) => entry(`${method}${text}`)),
    {
      maxLength: 12,
      selector: ({ pattern: one, methods: some }) => `${some.join()} ${patternKey(one)}`,
    },
  );
  const path = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'a%3A', 'a:'), { maxLength: 5 }), fc.constantFrom('', '/'))
    .map(([parts, end]) => `/${parts.join('/')}${parts.length > 0 ? end : ''}`);

  it('always agrees with it', () => {
    fc.assert(
      fc.property(table, path, fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE'), (entries, asks, method) => {
        // Of one method named twice either is right, so such tables are left to the conflicts.
        fc.pre(routeConflicts(entries).every(({ message }) => !message.startsWith('takes')));
        expect(asked(new CompiledRouteTable(entries), `${method} ${asks}`)).toBe(naively(entries, method, asks));
      }),
      { numRuns: 3_000 },
    );
  });

  it('has one answer whatever the order, where no conflict was found', () => {
    fc.assert(
      fc.property(table, path, (entries, asks) => {
        fc.pre(routeConflicts(entries).length === 0);
        const forth = asked(new CompiledRouteTable(entries), `GET ${asks}`);
        expect(asked(new CompiledRouteTable([...entries].reverse()), `GET ${asks}`)).toBe(forth);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the cost of a look-up', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => `/api/v1/service-${index}/**`);

  it('does not grow with the routes, nor with a path made to hurt', () => {
    const table = new CompiledRouteTable([...hundred, '/api/*/x/*/y/*/z', '/**'].map(entry));
    const paths = ['/api/v1/service-7/orders/12', '/api/v1/service-99', `/api/${'x/'.repeat(2_000)}`, '/x'];
    let matched = 0;
    const began = process.hrtime.bigint();
    for (let round = 0; round < 25_000; round += 1) {
      for (const path of paths) if (table.match('GET', path).kind === 'matched') matched += 1;
    }
    const nanoseconds = Number(process.hrtime.bigint() - began) / 100_000;
    expect(matched).toBe(100_000);
    // A fraction of a microsecond here; the bound is for a machine that does ten other things.
    expect(nanoseconds).toBeLessThan(20_000);
  });

  it('visits no part of the tree twice, however many ways there are', () => {
    const deep = Array.from({ length: 12 }, (_, depth) => [
      `${'/a'.repeat(depth)}/*${'/a'.repeat(12 - depth)}/end`,
    ]).flat();
    const table = new CompiledRouteTable([...deep, '/**'].map(entry));
    const began = Date.now();
    for (let round = 0; round < 5_000; round += 1) expect(table.match('GET', '/a'.repeat(30)).kind).toBe('matched');
    expect(Date.now() - began).toBeLessThan(5_000);
  });
});
