import { RedisStore } from 'connect-redis';
import { sign } from 'cookie-signature';
import express from 'express';
import session from 'express-session';
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { answerTo } from '../nest-app.mjs';

const SECRET = randomUUID();

/** Sessions in Redis behind a cookie, with the options its documentation advises. */
export async function start({ redisUrl, tokens }) {
  const client = await createClient({ url: redisUrl }).connect();
  const store = new RedisStore({ client });
  const cookie = { maxAge: 3_600_000 };
  const credentials = await Promise.all(
    Array.from({ length: tokens }, async (_, i) => {
      const id = randomUUID();
      await store.set(id, { cookie: { originalMaxAge: cookie.maxAge }, userId: i + 1 });
      return `cookie: connect.sid=${encodeURIComponent(`s:${sign(id, SECRET)}`)}`;
    }),
  );
  const app = express();
  app.disable('x-powered-by');
  app.use(session({ store, secret: SECRET, cookie, resave: false, saveUninitialized: false }));
  app.get('/api/protected', ({ session: { userId } }, response) => {
    if (userId === undefined) response.status(401).json({ message: 'Sign in.' });
    else response.json(answerTo(userId));
  });
  return { credentials, listen: (port) => new Promise((resolve) => app.listen(port, '127.0.0.1', resolve)) };
}
