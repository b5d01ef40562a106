import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AUTH_DOCS } from './auth-docs.js';
import { renderOpenApi } from './render-openapi.js';

const root = join(__dirname, '../..');

interface Operation {
  readonly tags?: readonly string[];
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

  it('names success and failures of every operation', () => {
    for (const { name, operation } of operations()) {
      const statuses = Object.keys(operation.responses);
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true]);
      expect([name, statuses.some((status) => /^[45]/.test(status))]).toEqual([name, true]);
    }
  });
});
