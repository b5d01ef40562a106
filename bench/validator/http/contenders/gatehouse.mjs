import { createSessionValidator, SessionValidator } from '@gatehouse/session-validator';
import { requireAuth } from '@gatehouse/session-validator/fastify';
import { SessionGuard, SessionValidatorModule } from '@gatehouse/session-validator/nest';
import { nestApp } from '../nest-app.mjs';

/** Ours in Nest: `guard` as the README has it, or `hook` in front of Nest. `/metrics` tells about the cache. */
export async function start({ redisUrl, trustAnchor }, variant) {
  if (variant === 'hook') {
    const validator = createSessionValidator({ redisUrl, trustAnchor });
    const { app, listen } = await nestApp({ onRequest: requireAuth(validator) });
    return { listen: readyFirst(app, validator, listen) };
  }
  const { app, listen } = await nestApp({
    imports: [SessionValidatorModule.forRoot({ redisUrl, trustAnchor })],
    guard: { useExisting: SessionGuard },
  });
  return { listen: readyFirst(app, app.get(SessionValidator), listen) };
}

function readyFirst(app, validator, listen) {
  app
    .getHttpAdapter()
    .getInstance()
    .get('/metrics', async () => validator.metrics());
  return async (port) => {
    if (!(await validator.ready(30_000))) throw new Error('the list was not read in time');
    await listen(port);
  };
}
