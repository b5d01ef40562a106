import { ERROR_CODES, TOKEN_REFUSALS } from '@gatehouse/contracts';
import { PROBLEMS } from './problems.js';

describe('the table of problems', () => {
  it('knows each code and nothing else', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each(TOKEN_REFUSALS.filter((reason) => reason !== 'FEED_STALE'))('%s is the caller’s to mend: 401', (reason) => {
    expect(PROBLEMS[reason].status).toBe(401);
  });

  it('not knowing is ours, and never signs anybody out: FEED_STALE is 503', () => {
    expect(PROBLEMS.FEED_STALE.status).toBe(503);
  });

  it('says nothing a person could not read', () => {
    for (const { sentence } of Object.values(PROBLEMS)) expect(sentence).toMatch(/^[A-Z].*[^:;,]$/);
  });
});
