import fastify from 'fastify';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import supertokens from 'supertokens-node';
import { errorHandler, plugin } from 'supertokens-node/framework/fastify/index.js';
import session from 'supertokens-node/recipe/session/index.js';
import { verifySession } from 'supertokens-node/recipe/session/framework/fastify/index.js';
import { answerTo } from '../nest-app.mjs';

const KID = 'd-1';
const sha256 = 'a'.repeat(64);

/**
 * `verifySession` on Fastify. Its core is a stand-in that serves the key set, which is all the check asks of it: tokens of
 * the library's own form are signed here. Sign-in, refresh and revocation need the real core and are not measured.
 */
export async function start({ tokens }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' }] };
  const core = createServer((_, response) => response.end(JSON.stringify(jwks)));
  await new Promise((resolve) => core.listen(0, '127.0.0.1', resolve));
  supertokens.init({
    framework: 'fastify',
    supertokens: { connectionURI: `http://127.0.0.1:${core.address().port}` },
    appInfo: { appName: 'bench', apiDomain: 'http://localhost', websiteDomain: 'http://localhost' },
    recipeList: [session.init({ getTokenTransferMethod: () => 'header' })],
    telemetry: false,
  });
  const app = fastify();
  app.setErrorHandler(errorHandler());
  await app.register(plugin);
  app.get('/api/protected', { preHandler: verifySession() }, async (request) => answerTo(request.session.getUserId()));
  return {
    credentials: Array.from({ length: tokens }, (_, i) => `authorization: Bearer ${aToken(privateKey, String(i + 1))}`),
    listen: (port) => app.listen({ port, host: '127.0.0.1' }),
  };
}

function aToken(privateKey, userId) {
  const now = Math.floor(Date.now() / 1000);
  const header = { kid: KID, typ: 'JWT', version: '5', alg: 'RS256' };
  const payload = {
    iat: now,
    exp: now + 3_600,
    iss: 'http://localhost/auth',
    sub: userId,
    rsub: userId,
    tId: 'public',
    sessionHandle: randomUUID(),
    refreshTokenHash1: sha256,
    parentRefreshTokenHash1: null,
    antiCsrfToken: null,
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}
