import { startAuth } from '../../test/start-auth.js';

describe('without Redis', () => {
  it.each([
    ['none is named', {}],
    ['it is left aside', { REDIS_URL: 'redis://127.0.0.1:1', REDIS_ENABLED: 'false' }],
  ])('one warning at the start says that sessions are in memory: %s', async (_why, env) => {
    const auth = await startAuth(env);
    expect((await auth.ask('GET', '/ready')).body.checks.redis).toMatchObject({ embedded: true });
    const lines = auth.log().split('\n').filter(Boolean);
    const warnings = lines.map((line) => JSON.parse(line) as Line).filter(({ level }) => level === 'warn');
    expect(warnings.map(({ msg }) => msg).filter((text) => text.includes('memory'))).toEqual([
      expect.stringMatching(/^Redis not available, using in-memory session cache: for one process only/),
    ]);
    await auth.close();
  });
});

interface Line {
  readonly level: string;
  readonly msg: string;
}
