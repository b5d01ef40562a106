import { ERROR_CODES } from '@gatehouse/contracts';
import { gzipSync } from 'node:zlib';
import { type Answer, type Ask, codeOf } from './http.js';
import type { FieldSchema, Operation } from './openapi.js';
import { validValue } from './openapi.js';

/** One way to misuse a route, and the only answers it may get. */
export interface HostileCase {
  readonly name: string;
  readonly path?: string;
  readonly ask: Ask;
  /** `[status, code]`; without it any orderly answer will do: it must not break, and need not mind. */
  readonly refused?: readonly [number, string] | undefined;
}

const MEGABYTE = 1_048_576;
const INVALID = [400, 'VALIDATION_ERROR'] as const;
const UNSUPPORTED = [415, 'UNSUPPORTED_MEDIA_TYPE'] as const;
/** Short enough to be read, and a thousand times as long unpacked. */
const BOMB = gzipSync(Buffer.alloc(10_000_000));
/** As deep as a body may be long. */
const LISTS = `${'['.repeat(8_000)}${']'.repeat(8_000)}`;
/** As many as a body may hold. */
const NUMBERS = `[${'0,'.repeat(8_000)}0]`;

/** Bodies no route may take. */
export function bodyCases({ method, body, isForm, isOther }: Operation): HostileCase[] {
  const good = body ? (validValue(body) as Record<string, unknown>) : {};
  const json = JSON.stringify(good);
  const typed = (type: string): Ask => ({ body: json, headers: { 'content-type': type } });
  // A GET has no body, so none is read.
  const parsed: HostileCase[] = [
    { name: 'a body of null', ask: { body: 'null' }, refused: INVALID },
    { name: 'an array', ask: { body: [good] }, refused: INVALID },
    { name: 'a text', ask: { body: '"text"' }, refused: INVALID },
    { name: 'a number', ask: { body: '42' }, refused: INVALID },
    { name: 'broken JSON', ask: { body: '{"a":' }, refused: INVALID },
    { name: 'bytes that are not UTF-8', ask: { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, refused: INVALID },
    { name: 'a prototype', ask: { body: '{"__proto__":{"isAdmin":true}}' }, refused: INVALID },
    { name: 'a body without end', ask: { body: '{"a":'.repeat(1_500) + '1' + '}'.repeat(1_500) }, refused: INVALID },
    { name: 'lists within lists', ask: { body: LISTS }, refused: INVALID },
    { name: 'a byte order mark before what is wrong', ask: { body: '\ufeff{"a":1,"a":[]}' } },
    { name: 'a body of 1 MB', ask: { body: { filler: 'x'.repeat(MEGABYTE) } }, refused: [413, 'PAYLOAD_TOO_LARGE'] },
    { name: 'thousands of numbers', ask: { body: NUMBERS }, refused: INVALID },
    ...[
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/json; charset=utf-7',
    ].map((type) => ({ name: type, ask: typed(type), refused: UNSUPPORTED })),
    {
      name: 'ten megabytes in ten kilobytes',
      ask: { body: BOMB, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      refused: UNSUPPORTED,
    },
  ];
  if (isForm) return formCases(parsed);
  if (method === 'GET') return parsed.map(({ name, ask }) => ({ name, ask }));
  if (!body) {
    const refused = isOther ? undefined : INVALID;
    return [...parsed, { name: 'a field nobody asked for', ask: { body: { unexpected: true } }, refused }];
  }
  return [
    ...parsed,
    { name: 'an extra field', ask: { body: { ...good, unexpected: true } }, refused: INVALID },
    ...((body.required ?? []).length > 0 ? [{ name: 'no body', ask: {}, refused: INVALID }] : []),
    ...Object.keys(body.properties ?? {})
      .slice(0, 1)
      .flatMap((field) => [
        {
          name: `${field}: lists within lists`,
          ask: { body: `{"${field}":${LISTS}}` },
          refused: INVALID,
        },
        {
          name: `${field} twice, the second time wrong`,
          ask: { body: `${json.slice(0, -1)}${json === '{}' ? '' : ','}"${field}":{"$gt":""}}` },
          refused: INVALID,
        },
      ]),
    ...Object.entries(body.properties ?? {}).flatMap(([field, schema]) => fieldCases(field, schema, body, good)),
  ];
}

/** What is no form at all, and forms nobody should send. In OAuth's words, which know fewer kinds of wrong. */
function formCases(parsed: readonly HostileCase[]): HostileCase[] {
  const form = (body: string): Ask => ({ body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const invalid = [400, 'invalid_request'] as const;
  return [
    ...parsed.map(({ name, ask }) => ({ name, ask, refused: name === 'a body of 1 MB' ? undefined : invalid })),
    { name: 'an empty form', ask: form('') },
    { name: 'a field twice', ask: form('token=a&token=b&grant_type=a&grant_type=b'), refused: invalid },
    { name: 'a field that is a list', ask: form('token[]=a&grant_type[a]=b') },
    { name: 'bytes that are not text', ask: form('token=%ff%fe&grant_type=%00') },
    { name: 'a prototype', ask: form('__proto__[isAdmin]=true&constructor=a') },
    { name: 'many fields', ask: form('a=1&'.repeat(3_000)) },
  ];
}

function fieldCases(
  field: string,
  schema: FieldSchema,
  body: FieldSchema,
  good: Readonly<Record<string, unknown>>,
): HostileCase[] {
  const wrong: unknown[] = [null, [], {}, [good[field]], { $gt: '' }];
  if (schema.nullable) wrong.shift();
  if (schema.type !== 'string') wrong.push('text');
  if (schema.type !== 'number' && schema.type !== 'integer') wrong.push(1e300);
  if (schema.type !== 'boolean') wrong.push(true);
  if (schema.type === 'array')
    wrong.splice(
      wrong.findIndex((value) => Array.isArray(value) && value.length === 0),
      1,
    );
  const cases = wrong
    // An array where one belongs, and of what belongs into it, is not wrong.
    .filter((value) => !(schema.type === 'array' && Array.isArray(value) && value.length === 0))
    .map((value) => ({
      name: `${field}: ${JSON.stringify(value)?.slice(0, 30)}`,
      ask: { body: { ...good, [field]: value } },
      refused: INVALID,
    }));
  if (!body.required?.includes(field)) return cases;
  const rest = Object.fromEntries(Object.entries(good).filter(([key]) => key !== field));
  return [...cases, { name: `without ${field}`, ask: { body: rest }, refused: INVALID }];
}

/** Paths and queries. */
export function addressCases({ path, pathParameters, queryParameters, isEnveloped }: Operation): HostileCase[] {
  const values = [
    'null',
    '..%2f..%2fetc',
    '%00',
    '%ff',
    "'%20OR%201=1",
    '__proto__',
    '0'.repeat(64).toUpperCase(),
    '-1',
    '1e99',
  ];
  const inPath = pathParameters.flatMap((name) =>
    [...values, 'x'.repeat(5_000)].map((value) => ({
      name: `${name} ${value.slice(0, 20)}`,
      path: filled(path, value),
      ask: {},
      refused: [404, ''] as const,
    })),
  );
  const asking = (query: string) => ({ path: `${filled(path, '0'.repeat(64))}?${query}`, ask: {} });
  const queries = [...queryParameters, 'unexpected'].flatMap((name) => [
    ...[...values, 'x'.repeat(5_000)].map((value) => ({
      name: `?${name}=${value.slice(0, 20)}`,
      ...asking(`${name}=${value}&${name}[]=2&${name}[a]=3`),
    })),
    { name: `?${name} twice`, ...asking(`${name}=1&${name}=2`) },
  ]);
  const undeclared = { name: 'a parameter nobody asked for', ...asking('unexpected=1'), refused: INVALID };
  return [...inPath.map(({ refused: _any4xx, ...rest }) => rest), ...queries, ...(isEnveloped ? [undeclared] : [])];
}

/** Credentials. */
export function credentialCases({ isGuarded }: Operation): HostileCase[] {
  const unsigned = [
    { alg: 'none', typ: 'at+jwt' },
    { sub: '1', sid: '0'.repeat(64), exp: 9e9 },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const invalid = [401, 'TOKEN_INVALID'] as const;
  const cases: HostileCase[] = [
    { name: 'a token of 12 KB', ask: { token: 'x'.repeat(12_000) }, refused: invalid },
    { name: 'a token that names no algorithm', ask: { token: `${unsigned}.` }, refused: invalid },
    { name: 'a token of dots', ask: { token: '.'.repeat(100) }, refused: invalid },
    { name: 'a token of three empty objects', ask: { token: 'e30.e30.e30' }, refused: invalid },
    { name: 'another scheme', ask: { headers: { authorization: 'Basic eDp5' } }, refused: [401, 'TOKEN_MISSING'] },
    { name: 'no credentials', ask: {}, refused: [401, 'TOKEN_MISSING'] },
  ];
  const forAll: HostileCase[] = [
    { name: 'a token of 1 MB', ask: { token: 'x'.repeat(MEGABYTE) }, refused: [431, 'HEADERS_TOO_LARGE'] },
  ];
  if (isGuarded) return [...cases, ...forAll];
  return [...cases.map(({ name, ask }) => ({ name, ask })), ...forAll];
}

/** A path with its parameters filled in. */
export function filled(path: string, value: string): string {
  return path.replace(/\{[^}]+\}/g, value);
}

/** What is wrong with an answer to misuse; `undefined` when nothing is. */
export function faultIn(answer: Answer, refused: readonly [number, string] | undefined): string | undefined {
  const code = codeOf(answer) ?? oauthCodeOf(answer);
  if (answer.status >= 500) return `answered ${answer.status} ${code ?? ''}`;
  if (refused && (answer.status !== refused[0] || code !== refused[1])) {
    return `answered ${answer.status} ${code ?? ''}, not ${refused.join(' ')}`;
  }
  if (answer.status < 400) return undefined;
  if (isOAuthFailure(answer)) return undefined;
  const { success, error } = (answer.json ?? {}) as { success?: boolean; error?: { code?: string; message?: string } };
  if (success !== false || !(ERROR_CODES as readonly (string | undefined)[]).includes(error?.code)) {
    return `answered ${answer.status} outside the envelope`;
  }
  if (typeof error?.message !== 'string' || error.message === '') return 'said nothing';
  // File names, stack frames, words of the database or of a library.
  if (
    /\.[cm]?[jt]s:\d|node_modules|\n\s+at |\bER_[A-Z]|SQLITE|SELECT |[Ff]astify|\bNest|Unexpected token/.test(
      answer.text,
    )
  ) {
    return 'told something about its insides';
  }
  return undefined;
}

/** `error` of RFC 6749 §5.2, which is a text of its own. */
function oauthCodeOf({ json }: Answer): string | undefined {
  const { error } = (json ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : undefined;
}

/** A failure as OAuth words it, and nothing beside. */
function isOAuthFailure(answer: Answer): boolean {
  const code = oauthCodeOf(answer);
  const members = Object.keys((answer.json ?? {}) as object);
  const known = ['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_scope', 'unauthorized_client'];
  return (
    code !== undefined &&
    [...known, 'unsupported_grant_type', 'unsupported_token_type', 'temporarily_unavailable'].includes(code) &&
    members.every((name) => name === 'error' || name === 'error_description')
  );
}
