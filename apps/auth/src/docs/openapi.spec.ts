import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AUTH_DOCS } from './auth-docs.js';
import { renderOpenApi } from './render-openapi.js';

const root = join(__dirname, '../..');

interface Operation {
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Record<string, { readonly description: string }>;
  readonly security?: readonly object[];
}

describe('the OpenAPI document', () => {
  let auth: RunningAuth;
  let document: { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } };
  beforeAll(async () => {
    auth = await startAuth();
    document = JSON.parse(renderOpenApi(auth.app)) as typeof document;
  });
  afterAll(() => auth.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );

  it('is committed as it is (else: npm run openapi -w apps/auth)', () => {
    expect(renderOpenApi(auth.app)).toBe(readFileSync(join(root, 'openapi.json'), 'utf8'));
  });

  it('is served for people and programs', async () => {
    expect((await auth.ask('GET', '/docs')).status).toBe(200);
    expect((await auth.ask('GET', '/docs/openapi.json')).body.info.title).toBe(AUTH_DOCS.title);
  });

  it('carries the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(AUTH_DOCS.version).toBe(version);
  });

  it('puts every operation under a tag that is explained', () => {
    for (const { name, operation } of operations()) {
      expect([name, operation.tags?.every((tag) => tag in (AUTH_DOCS.tags ?? {}))]).toEqual([name, true]);
    }
  });

  it('says of every operation for bearer tokens that a cookie will do, and what must come beside it', () => {
    const guarded = operations().filter(({ operation }) => operation.security?.some((need) => 'bearer' in need));
    expect(guarded.length).toBeGreaterThan(40);
    for (const { name, operation } of guarded) {
      const isRead = name.startsWith('get ');
      expect([name, operation.security]).toEqual([
        name,
        [{ bearer: [] }, { accessCookie: [], ...(isRead ? {} : { csrfToken: [] }) }],
      ]);
      if (!isRead)
        expect([name, operation.responses['403']?.description]).toEqual([name, expect.stringMatching(/CSRF_FAILED/)]);
    }
  });

  it('knows of no route that hands out tokens and says nothing of cookies', () => {
    const { schemas } = document.components as { schemas: Record<string, { properties?: object }> };
    const handsOut = operations().filter(({ operation }) => {
      const named = JSON.stringify(operation.responses).matchAll(/schemas\/(\w+)/g);
      return [...named].some(([, schema = '']) => 'access_token' in (schemas[schema]?.properties ?? {}));
    });
    const inCookies = handsOut.filter(({ operation }) =>
      /schemas\/Cookie\w+Dto/.test(JSON.stringify(operation.responses)),
    );
    expect(inCookies.map(({ name }) => name).sort()).toEqual([
      'post /api/v1/admin/users/{id}/impersonate',
      'post /api/v1/auth/oauth/{provider}/bearer',
      'post /api/v1/auth/oauth/{provider}/exchange',
      'post /api/v1/auth/refresh',
      'post /api/v1/auth/signin',
      'post /api/v1/auth/step-up',
    ]);
    // For clients that are no browsers: RFC 6749 fixes its answer.
    const inBody = handsOut.filter((one) => !inCookies.includes(one));
    expect(inBody.map(({ name }) => name)).toEqual(['post /api/v1/auth/token']);
  });

  it('lets whoever got no answer repeat whatever ends something', () => {
    const { schemas } = document.components as { schemas: Record<string, { properties?: object }> };
    const ends = operations().filter(({ name, operation }) => {
      const named = JSON.stringify(operation.responses).matchAll(/schemas\/(\w+)/g);
      const revokes = [...named].some(([, schema = '']) => 'revocation_id' in (schemas[schema]?.properties ?? {}));
      return name.startsWith('delete ') || (name.startsWith('post ') && revokes);
    });
    expect(ends.length).toBeGreaterThan(15);
    const once = ends.filter(
      ({ operation }) => !operation.parameters?.some(({ name }) => name.toLowerCase() === 'idempotency-key'),
    );
    expect(once.map(({ name }) => name).sort()).toEqual([
      // Define a role, make a service account or a secret: they share the form of an answer with what ends something. Answers that
      // hold a secret are kept nowhere.
      'post /api/v1/admin/roles',
      'post /api/v1/admin/service-accounts',
      'post /api/v1/admin/service-accounts/{clientId}/secrets',
      // Its token is good for nothing after it, not for a repetition either.
      'post /api/v1/auth/impersonation/stop',
    ]);
  });

  it('says of every operation that honours Idempotency-Key how one is refused', () => {
    const honours = operations().filter(({ operation }) =>
      operation.parameters?.some(({ name }) => name === 'Idempotency-Key'),
    );
    expect(honours.length).toBeGreaterThan(15);
    // A refresh keeps its answer by itself, with the token that asked for it: there is no other request to mistake it for, nor one to wait for.
    const isRefresh = ({ name }: { readonly name: string }) => name === 'post /api/v1/auth/refresh';
    expect(honours.find(isRefresh)?.operation.responses['400']?.description).toContain('VALIDATION_ERROR');
    for (const { name, operation } of honours.filter((one) => !isRefresh(one))) {
      const told = [400, 409, 422].map((status) => operation.responses[status]?.description);
      expect([name, told]).toEqual([
        name,
        [
          expect.stringContaining('VALIDATION_ERROR'),
          expect.stringContaining('REQUEST_IN_PROGRESS'),
          expect.stringContaining('IDEMPOTENCY_KEY_REUSED'),
        ],
      ]);
    }
  });

  it('says of every operation of administrators that others may not', () => {
    const administrative = operations().filter(({ operation }) => operation.tags?.includes('Administration'));
    expect(administrative.length).toBeGreaterThan(30);
    for (const { name, operation } of administrative) {
      expect([name, operation.responses['403']?.description]).toEqual([name, expect.stringContaining('`FORBIDDEN`')]);
    }
  });

  it('names success and failures of every operation', () => {
    for (const { name, operation } of operations()) {
      const statuses = Object.keys(operation.responses);
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true]);
      expect([name, statuses.some((status) => /^[45]/.test(status))]).toEqual([name, true]);
    }
  });
});
