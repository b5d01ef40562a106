import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSessionValidator } from '@gatehouse/session-validator';
import { createTestIssuer, MemoryFeed } from '@gatehouse/session-validator/testing';
import { codeBlocks } from './code-blocks.js';
import { runModule } from './compile.js';

const GUIDE = join(__dirname, '../../docs/session-validator');

describe('while services accept two kinds of token', () => {
  const tsBlocks = (page: string) =>
    codeBlocks(page, readFileSync(join(GUIDE, page), 'utf8')).filter(({ language }) => language === 'ts');
  const secret = 'drawn at random, thirty-two bytes or more';
  const issuer = createTestIssuer();
  const { issuer: iss, audience } = issuer;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  type Handler = (request: object, response: object, next: () => void) => void;

  /** What a guarded route answers. */
  function ask(handler: Handler, headers: Readonly<Record<string, string>>): number {
    let status = 0;
    const response = {
      status: (code: number) => ((status = code), response),
      set: () => response,
      json: () => response,
    };
    handler({ headers }, response, () => (status = 200));
    return status;
  }

  it('each kind is judged by its own trust, and a sign-out ends both', async () => {
    const [block] = tsBlocks('migrate-from-hs256.md');
    const { requireEither } = await runModule(block!.code, require);
    const feeds = [new MemoryFeed(), new MemoryFeed()] as const;
    const byKeys = createSessionValidator({
      trustAnchor: issuer.trustAnchor,
      keyBundle: issuer.keyBundle(),
      feed: feeds[0],
    });
    const warn = () => undefined;
    const bySecret = createSessionValidator({ jwtSecret: secret, issuer: iss, audience, feed: feeds[1], warn });
    const handler = (requireEither as (...validators: unknown[]) => Handler)(byKeys, bySecret);

    const claims = issuer.claims();
    const kinds = [issuer.token(claims), issuer.tokenWithSecret(secret, claims)].map(bearer);
    const forged = [
      // Says HS256 and is signed with what everybody knows; says ES256 and is signed with the secret.
      bearer(issuer.tokenWithSecret(issuer.trustAnchor, claims)),
      bearer(issuer.tokenWithSecret(secret, claims, { header: { alg: 'ES256', kid: issuer.kid } })),
      bearer(issuer.sign(JSON.stringify(claims), { header: { alg: 'HS256' } })),
      bearer('bnVsbA.e30.x'),
      {},
    ];
    expect(kinds.map((headers) => ask(handler, headers))).toEqual([200, 200]);
    expect(forged.map((headers) => ask(handler, headers))).toEqual([401, 401, 401, 401, 401]);
    for (const feed of feeds) feed.revoke({ scope: 'sid', value: claims.sid });
    expect(kinds.map((headers) => ask(handler, headers))).toEqual([401, 401]);
    await Promise.all([byKeys.close(), bySecret.close()]);
  });

  it('tokens of the old auth service go the old way, and ours the new one', async () => {
    const [, block] = tsBlocks('migrate-from-blacklist.md');
    const { requireEither } = await runModule(block!.code, require);
    const taken: string[] = [];
    const way = (name: string) => () => void taken.push(name);
    const handler = (requireEither as (...ways: unknown[]) => Handler)(way('new'), way('old'));
    const old = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')}.e30.x`;
    for (const headers of [bearer(issuer.token()), bearer(old), bearer('bnVsbA.e30.x'), {}]) ask(handler, headers);
    expect(taken).toEqual(['new', 'old', 'old', 'old']);
  });
});
