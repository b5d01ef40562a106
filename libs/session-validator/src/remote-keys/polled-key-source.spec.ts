import { eventually } from '@gatehouse/testing';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSessionValidator } from '../create-session-validator.js';
import { createTestIssuer } from '../testing/index.js';
import type { SessionValidator } from '../core/session-validator.js';

const servers: Server[] = [];
const validators: SessionValidator[] = [];
afterEach(async () => {
  await Promise.all(validators.splice(0).map((each) => each.close()));
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  server.unref();
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function validatorOf(jwksUri: string): { validator: SessionValidator; warnings: string[] } {
  const warnings: string[] = [];
  const validator = createSessionValidator({
    jwksUri,
    issuer: 'https://auth.test',
    audience: 'orders',
    feed: 'none',
    warn: (message) => warnings.push(message),
  });
  validators.push(validator);
  return { validator, warnings };
}

describe('keys at an address', () => {
  it('are read at the start, again for an unknown key, and survive the loss of the address', async () => {
    const issuer = createTestIssuer();
    let up = true;
    let reads = 0;
    const url = await serve((_request, response) => {
      reads += 1;
      if (up) response.end(JSON.stringify(issuer.jwks()));
      else response.writeHead(503).end();
    });
    const { validator } = validatorOf(url);
    expect(await validator.ready()).toBe(true);
    expect(validator.check(issuer.token()).ok).toBe(true);
    issuer.rotate();
    const fresh = issuer.token();
    expect(validator.check(fresh).ok).toBe(false);
    await eventually(() => expect(validator.check(fresh).ok).toBe(true));
    expect(reads).toBe(2);
    up = false;
    issuer.rotate();
    expect((await validator.validateAccessToken(issuer.token())).ok).toBe(false);
    expect(validator.check(fresh).ok).toBe(true);
  });

  it('are waited for when the address is down at the start, which is told once', async () => {
    const issuer = createTestIssuer();
    let up = false;
    const url = await serve((_request, response) => {
      if (up) response.end(JSON.stringify(issuer.jwks()));
      else response.writeHead(503).end();
    });
    const { validator, warnings } = validatorOf(url);
    expect(await validator.ready(700)).toBe(false);
    expect(validator.check(issuer.token())).toMatchObject({ ok: false, reason: 'FEED_STALE' });
    up = true;
    expect(await validator.ready()).toBe(true);
    expect(validator.check(issuer.token()).ok).toBe(true);
    expect(warnings.filter((text) => text.includes('could not be read'))).toHaveLength(1);
  });

  it('are waited for by many who bring an unknown key, with one question', async () => {
    const issuer = createTestIssuer();
    let reads = 0;
    const url = await serve((_request, response) => {
      reads += 1;
      setTimeout(() => response.end(JSON.stringify(issuer.jwks())), 20);
    });
    const { validator } = validatorOf(url);
    await validator.ready();
    issuer.rotate();
    const token = issuer.token();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => validator.validateAccessToken(token)));
    expect(verdicts.every(({ ok }) => ok)).toBe(true);
    for (let i = 0; i < 500; i++) await validator.validateAccessToken(issuer.token({}, { header: { kid: `x${i}` } }));
    expect(reads).toBe(2);
  });
});
