import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { answerTo } from '../nest-app.mjs';

/** RS256 with the keys of a JWK Set, on Express, the one framework it knows. */
export async function start({ jwksUri, issuer, audience }) {
  const app = express();
  app.disable('x-powered-by');
  app.use(auth({ jwksUri, issuer, audience, tokenSigningAlg: 'RS256' }));
  app.get('/api/protected', (request, response) => response.json(answerTo(request.auth.payload.sub)));
  return { listen: (port) => new Promise((resolve) => app.listen(port, '127.0.0.1', resolve)) };
}
