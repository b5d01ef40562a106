import fastify from 'fastify';
import { createSessionValidator } from '@gatehouse/session-validator';
import { requireAuth } from '@gatehouse/session-validator/fastify';
import { answerTo } from '../nest-app.mjs';

/** Fastify without Nest: `open`, or behind our hook. */
export async function start({ redisUrl, trustAnchor }, variant) {
  const app = fastify();
  if (variant === 'gatehouse') {
    const validator = createSessionValidator({ redisUrl, trustAnchor });
    await validator.ready();
    app.addHook('onRequest', requireAuth(validator));
  }
  app.get('/api/protected', async (request) => answerTo(request.principal?.userId));
  return { listen: (port) => app.listen({ port, host: '127.0.0.1' }) };
}
