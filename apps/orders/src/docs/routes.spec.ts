import { listRoutes } from '@gatehouse/nest-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOrders } from '../../test/start-orders.js';
import { renderOpenApi } from './orders-docs.js';

/** Every route with who may use it. A new one must be added here, by somebody who has thought about it. */
const ROUTES = {
  'GET /api/orders': 'guarded',
  'POST /api/orders': 'guarded',
  'GET /api/orders/:id': 'guarded',
  'DELETE /api/orders/:id': 'guarded',
  'GET /api/orders/stream': 'guarded',
  'GET /api/protected': 'guarded',
  'GET /api/public': 'optional',
  'GET /health': 'public',
  'GET /metrics': 'public',
  'GET /ready': 'public',
  // The page that shows the OpenAPI document; no controller, no data.
  'GET /docs': 'outside',
  'GET /docs/': 'outside',
  'GET /docs/*': 'outside',
  'GET /docs/LICENSE': 'outside',
  'GET /docs/docs/swagger-ui-init.js': 'outside',
  'GET /docs/index.html': 'outside',
  'GET /docs/openapi.json': 'outside',
  'GET /docs/openapi.yaml': 'outside',
  'GET /docs/swagger-ui-init.js': 'outside',
};

const guarded = Object.entries(ROUTES).flatMap(([route, access]) => (access === 'guarded' ? [route] : []));

describe('the orders service', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await startOrders();
  });
  afterAll(() => app.close());

  it('has these routes, each public or guarded', () => {
    const found = listRoutes(app, 'session-validator:access').map(({ method, path, access }) => [
      `${method} ${path}`,
      access,
    ]);
    expect(Object.fromEntries(found)).toEqual(ROUTES);
  });

  it.each(guarded)('closes %s without a token', async (route) => {
    const [method, url] = route.replace(':id', 'x').split(' ') as ['GET', string];
    const answer = await app.inject({ method, url });
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([401, 'TOKEN_MISSING']);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
  });

  it('lets nobody in while it has no list of what has ended', async () => {
    const answer = await app.inject({ url: '/api/protected', headers: { authorization: 'Bearer a.b.c' } });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect((await app.inject('/ready')).statusCode).toBe(503);
    expect((await app.inject('/health')).statusCode).toBe(200);
    expect((await app.inject('/api/public')).statusCode).toBe(200);
  });

  it('tells the validator’s figures beside its own', async () => {
    const { body } = await app.inject('/metrics');
    expect(body).toContain('session_validator_decisions_total');
    expect(body).toContain('http_request_duration_seconds_bucket');
  });

  it('has its OpenAPI document committed as it is (else: npm run openapi -w apps/orders)', () => {
    expect(renderOpenApi(app)).toBe(readFileSync(join(__dirname, '../../openapi.json'), 'utf8'));
  });
});
