import { createSessionValidator } from '../create-session-validator.js';
import { createTestIssuer } from '../testing/index.js';

/** As some other major version of it, or another package under its name: it loads, and has none of what is needed. */
jest.mock('ioredis', () => ({}));

it('a driver that cannot be used is told, and ends neither the process nor the closing', async () => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', hear);
  const warnings: string[] = [];
  const issuer = createTestIssuer();
  const validator = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    redisUrl: 'redis://:hunter2@127.0.0.1:1',
    warn: (message) => warnings.push(message),
  });
  expect(await validator.ready(100)).toBe(false);
  await validator.close();
  process.off('unhandledRejection', hear);
  expect(unhandled).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/ioredis.*cannot be used.*no token will be accepted/)]);
  expect(warnings.join()).not.toContain('hunter2');
});
