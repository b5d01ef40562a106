import { matchesSecret, mintSecret } from './client-secret.js';

describe('a client secret', () => {
  const [first, second] = [mintSecret(0), mintSecret(0)];

  it('is right to its last character, and while it lasts', () => {
    const secrets = [first.secret, { ...second.secret, expiresAtMs: 1_000 }];
    expect(matchesSecret(first.text, secrets, 5_000)).toBe(true);
    expect(matchesSecret(second.text, secrets, 999)).toBe(true);
    expect(matchesSecret(second.text, secrets, 1_000)).toBe(false);
    for (const wrong of ['', `${first.text} `, first.text.slice(0, -1), first.secret.hash, '0'.repeat(64)]) {
      expect(matchesSecret(wrong, secrets, 0)).toBe(false);
    }
  });

  it('is no text at all where there is none', () => {
    expect(matchesSecret(first.text, [], 0)).toBe(false);
    expect(matchesSecret('', [], 0)).toBe(false);
  });
});
