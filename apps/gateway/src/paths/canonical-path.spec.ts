import fc from 'fast-check';
import { canonicalPath } from './canonical-path.js';

const flawOf = (target: string) => {
  const read = canonicalPath(target);
  return read.kind === 'refused' ? read.flaw : 'none';
};
const pathOf = (target: string) => {
  const read = canonicalPath(target);
  return read.kind === 'path' ? read.path : read.flaw;
};

describe('a request target (H4)', () => {
  it.each([
    ['/admin/%2e%2e/orders', 'ENCODED_DOT'],
    ['/%2E%2e/admin', 'ENCODED_DOT'],
    ['/a/../admin', 'DOT_SEGMENT'],
    ['/a/./admin', 'DOT_SEGMENT'],
    ['/a/..', 'DOT_SEGMENT'],
    ['/.', 'DOT_SEGMENT'],
    ['//admin', 'EMPTY_SEGMENT'],
    ['/public//admin', 'EMPTY_SEGMENT'],
    ['/admin//', 'EMPTY_SEGMENT'],
    ['/public;/admin', 'SEMICOLON'],
    ['/admin;jsessionid=1', 'SEMICOLON'],
    ['/public%3b/admin', 'ENCODED_SEPARATOR'],
    ['/public%2fadmin', 'ENCODED_SEPARATOR'],
    ['/public%2F..%2Fadmin', 'ENCODED_SEPARATOR'],
    ['/public%5cadmin', 'ENCODED_SEPARATOR'],
    ['/public\\..\\admin', 'BACKSLASH'],
    ['/admin%00', 'ENCODED_CONTROL'],
    ['/admin%0d%0aX-User: 1', 'INVALID_CHARACTER'],
    ['/admin%0d%0a', 'ENCODED_CONTROL'],
    ['/admin%7f', 'ENCODED_CONTROL'],
    ['/admin%c2%85', 'ENCODED_CONTROL'],
    ['/public%252fadmin', 'DOUBLE_ENCODING'],
    ['/public%25%32%66admin', 'DOUBLE_ENCODING'],
    ['/public%c0%afadmin', 'NOT_UTF8'],
    ['/public%e0%80%afadmin', 'NOT_UTF8'],
    ['/%ff', 'NOT_UTF8'],
    ['/%ef%bc%8e%ef%bc%8e/admin', 'LOOKALIKE'],
    ['/public%ef%bc%8fadmin', 'LOOKALIKE'],
    ['/%e2%80%a4%e2%80%a4/admin', 'LOOKALIKE'],
    ['/a%', 'INVALID_ESCAPE'],
    ['/a%2', 'INVALID_ESCAPE'],
    ['/a%zz', 'INVALID_ESCAPE'],
    ['/a#b', 'INVALID_CHARACTER'],
    ['/a?b#c', 'INVALID_CHARACTER'],
    ['/a b', 'INVALID_CHARACTER'],
    ['/a\tb', 'INVALID_CHARACTER'],
    ['/a\u0000', 'INVALID_CHARACTER'],
    ['/a?b\u0001', 'INVALID_CHARACTER'],
    ['/caf\u00e9', 'INVALID_CHARACTER'],
    ['/<script>', 'INVALID_CHARACTER'],
    ['*', 'NOT_A_PATH'],
    ['', 'NOT_A_PATH'],
    ['admin', 'NOT_A_PATH'],
    ['app.example.com:443', 'NOT_A_PATH'],
    ['http://evil.example/admin', 'FOREIGN_HOST'],
    ['http:/admin', 'NOT_A_PATH'],
    ['https://app.example.com@evil.example/', 'FOREIGN_HOST'],
    ['ftp://app.example.com/', 'NOT_A_PATH'],
  ])('%j is refused: %s', (target, flaw) => {
    expect(flawOf(target)).toBe(flaw);
  });

  it('has one spelling: no other one reaches another route', () => {
    for (const spelling of ['/admin/users', '/%61dmin/users', '/%61%64%6D%69%6E/%75sers', '/adm%69n/user%73'])
      expect(pathOf(spelling)).toBe('/admin/users');
    expect(pathOf('/a%7eb%2dc%5Fd')).toBe('/a~b-c_d');
    expect(pathOf('/%c3%a9')).toBe('/%C3%A9');
    expect(pathOf('/[slug]/a|b^c')).toBe('/%5Bslug%5D/a%7Cb%5Ec');
  });

  it('keeps the escapes that mean something else than the character', () => {
    expect(pathOf('/a%3ab%40c%20d%25e')).toBe('/a%3Ab%40c%20d%25e');
    expect(pathOf("/v1/users:batch/x@y,z=(1)*'$!&+")).toBe("/v1/users:batch/x@y,z=(1)*'$!&+");
  });

  it.each(['/', '/a', '/a/', '/a.b/..c/...', '/.well-known/x', '/%E2%80%A6', '/file.tar.gz'])(
    '%s stays as it is',
    (path) => {
      expect(canonicalPath(`${path}?q=%2e%2F;//..&a=1&a=2&b[]=\u00fc`)).toEqual({
        kind: 'path',
        path,
        query: '?q=%2e%2F;//..&a=1&a=2&b[]=\u00fc',
      });
    },
  );

  const lenient = { semicolons: 'pass', emptySegments: 'merge' } as const;

  it.each([
    ['/a;v=1/b;x;y=(2)', '/a;v=1/b;x;y=(2)'],
    ['/%61;jsessionid=1', '/a;jsessionid=1'],
    ['/a//b///c/', '/a/b/c/'],
    ['//evil.example/a', '/evil.example/a'],
    ['/..;/admin', 'DOT_SEGMENT'],
    ['/public/..;v=1/admin', 'DOT_SEGMENT'],
    ['/public/.;/admin', 'DOT_SEGMENT'],
    ['/public//..//admin', 'DOT_SEGMENT'],
    ['/public/;/admin', 'EMPTY_SEGMENT'],
    ['/;x/admin', 'EMPTY_SEGMENT'],
    ['/public%3b/admin', 'ENCODED_SEPARATOR'],
    ['/public;%2f..%2fadmin', 'ENCODED_SEPARATOR'],
    ['/public;%2e%2e/admin', 'ENCODED_DOT'],
    ['/public;\\admin', 'BACKSLASH'],
    ['/public;%c0%af', 'NOT_UTF8'],
    ['/public;x y', 'INVALID_CHARACTER'],
    ['/public/%2f/admin', 'ENCODED_SEPARATOR'],
  ])('%j is %s where a site lets parameters and empty segments through', (target, expected) => {
    const read = canonicalPath(target, lenient);
    expect(read.kind === 'path' ? read.path : read.flaw).toBe(expected);
  });

  it('has only that let through which the site names', () => {
    expect(canonicalPath('/a;b', { emptySegments: 'merge' })).toMatchObject({ flaw: 'SEMICOLON' });
    expect(canonicalPath('/a//b', { semicolons: 'pass' })).toMatchObject({ flaw: 'EMPTY_SEGMENT' });
    // A query is nobody's path.
    expect(canonicalPath('/a?b//c;d', lenient)).toMatchObject({ path: '/a', query: '?b//c;d' });
  });

  it('in absolute form counts only with our own host, however that is spelt', () => {
    const isOwnHost = (host: string) => host === 'app.example.com';
    for (const host of [
      'app.example.com',
      'APP.example.COM',
      'app.example.com.',
      'app.example.com:80',
      'app.example.com.:80',
    ])
      expect(canonicalPath(`http://${host}/a/%62?c`, { isOwnHost })).toEqual({
        kind: 'path',
        path: '/a/b',
        query: '?c',
      });
    expect(canonicalPath('https://app.example.com:443', { isOwnHost })).toMatchObject({ path: '/' });
    expect(canonicalPath('http://app.example.com?x', { isOwnHost })).toMatchObject({ path: '/', query: '?x' });
    for (const foreign of [
      'http://app.example.com.evil/',
      'http://app.example.com:8080/',
      'http://x@app.example.com/',
      'http://app.example.com@evil/',
      'http:///a',
    ])
      expect(canonicalPath(foreign, { isOwnHost }).kind).toBe('refused');
    expect(canonicalPath('http://app.example.com/../a', { isOwnHost })).toMatchObject({ flaw: 'DOT_SEGMENT' });
  });

  it('is refused when it is too long, in no time (C25)', () => {
    expect(canonicalPath(`/${'a'.repeat(8_192)}`)).toMatchObject({ kind: 'refused', code: 'URI_TOO_LONG' });
    expect(canonicalPath('/aaaa', { maxLength: 4 })).toMatchObject({ code: 'URI_TOO_LONG' });
    const startedMs = performance.now();
    for (const piece of ['/a', '%61', '/.a', '..a/', 'a%', '%25', 'http://'])
      for (const end of ['', '\n', '%', '#', ';'])
        canonicalPath(`/${piece.repeat(20_000)}${end}`, { maxLength: 1_000_000 });
    expect((performance.now() - startedMs) / 35).toBeLessThan(50);
  });

  const soup = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '/',
          '.',
          '..',
          '%',
          '%2',
          '%2e',
          '%2F',
          '%25',
          '%00',
          '%c3%a9',
          '%c0',
          '%af',
          ';',
          '\\',
          '#',
          '[',
          '|',
        ),
        fc.constantFrom(
          'a',
          'admin',
          '%61',
          '%41',
          '~',
          '-',
          '_',
          ':',
          '%3a',
          '%ef%bc%8f',
          '\u00e9',
          ' ',
          '%33',
          '%30',
        ),
        fc.string({ maxLength: 3 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => `/${parts.join('')}`);

  it('that is taken reads the same a second time, and to a server that decodes', () => {
    fc.assert(
      fc.property(soup, (target) => {
        const read = canonicalPath(target);
        if (read.kind === 'refused') return;
        expect(canonicalPath(read.path + read.query)).toEqual(read);
        const decoded = decodeURIComponent(read.path);
        expect(decoded).toBe(decodeURIComponent(target.split('?')[0] ?? ''));
        expect(decoded.split('/').length).toBe(read.path.split('/').length);
        expect(new URL(`http://x${read.path}`).pathname.split('/').map(decodeURIComponent)).toEqual(
          read.path.split('/').map(decodeURIComponent),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('that is let through climbs nowhere, also to a server that cuts parameters off', () => {
    fc.assert(
      fc.property(soup, (target) => {
        const read = canonicalPath(target, lenient);
        if (read.kind === 'refused') return;
        expect(canonicalPath(read.path + read.query, lenient)).toEqual(read);
        const names = decodeURIComponent(read.path)
          .replace(/;[^/]*/g, '')
          .split('/')
          .slice(1);
        for (const [at, name] of names.entries()) {
          expect(['.', '..']).not.toContain(name);
          if (at < names.length - 1) expect(name).not.toBe('');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('that decodes to the same unreserved text is the same path', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_~'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 4 }), fc.array(fc.boolean()), (segments, escaped) => {
        let at = 0;
        const spelt = segments
          .map((segment) =>
            [...segment]
              .map((c) => (escaped[at++ % (escaped.length || 1)] ? `%${c.charCodeAt(0).toString(16)}` : c))
              .join(''),
          )
          .join('/');
        expect(pathOf(`/${spelt}`)).toBe(`/${segments.join('/')}`);
      }),
    );
  });
});
