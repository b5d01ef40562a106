import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Installed } from './installed.js';

/** What a service imports and hands over, in the words of the types. */
const USER = `
  import { createSessionValidator, type Principal, type SessionValidatorConfig, type Verdict } from '@gatehouse/session-validator';
  import { requireAuth } from '@gatehouse/session-validator/http';
  import { verifyCompactJws } from '@gatehouse/session-validator/jws';
  import { createTestIssuer, MemoryFeed } from '@gatehouse/session-validator/testing';
  const issuer = createTestIssuer();
  const config: SessionValidatorConfig = { trustAnchor: issuer.trustAnchor, feed: new MemoryFeed(), freshness: 'closed' };
  const validator = createSessionValidator(config);
  const verdict: Verdict = validator.check(issuer.token());
  if (verdict.ok) {
    const principal: Principal = verdict.principal;
    const userId: number = verdict.claims.getUserId();
    console.log(principal.userId === userId);
  } else console.log(verdict.reason satisfies string);
  export const listener = requireAuth(validator, (_request, response, { userId }) => response.end(String(userId)));
  export const jws = verifyCompactJws('', { kty: 'EC' }, { algorithms: ['ES256'] });
`;

/** A token that is good, the same revoked, a hostile one, one with a hostile claim, and a configuration that is none. */
const JUDGE = `
  import { createSessionValidator } from '@gatehouse/session-validator';
  import { createTestIssuer, MemoryFeed } from '@gatehouse/session-validator/testing';
  const issuer = createTestIssuer();
  const feed = new MemoryFeed();
  const { trustAnchor } = issuer;
  const validator = createSessionValidator({ trustAnchor, keyBundle: issuer.keyBundle(), feed });
  const claims = issuer.claims();
  const token = issuer.token(claims);
  const said = [validator.check(token).ok];
  feed.revoke({ scope: 'sid', value: claims.sid });
  said.push(validator.check(token).reason);
  said.push(validator.check(issuer.signRaw('{"alg":"ES256","typ":"at+jwt","kid":"__proto__"}', '{}')).reason);
  const hostile = JSON.stringify(issuer.claims()).replace('{', '{"__proto__":{"roles":["admin"]},');
  said.push(validator.check(issuer.sign(hostile)).principal.roles.join());
  try {
    createSessionValidator({});
  } catch (error) {
    said.push(error.name);
  }
  await validator.close();
  console.log(said.join(' '));
`;

let installed: Installed;
beforeAll(() => {
  installed = new Installed();
}, 120_000);

describe('the tarball in a service', () => {
  const strictest = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--skipLibCheck',
    'false',
  ];
  it.each([
    ['bundler', 'esnext', 'user.ts'],
    ['node16', 'node16', 'user.cts'],
    ['nodenext', 'nodenext', 'user.mts'],
  ])(
    'satisfies a strict compiler that resolves as %s does, its own types included',
    (moduleResolution, module, file) => {
      writeFileSync(join(installed.app, file), USER);
      const how = ['--moduleResolution', moduleResolution, '--module', module, '--target', 'es2022', '--types', 'node'];
      const ended = installed.tool('typescript/bin/tsc', '--noEmit', ...strictest, ...how, file);
      expect(ended).toEqual({ status: 0, output: '' });
    },
    60_000,
  );

  it.each([
    ['without __proto__', ['--disable-proto=delete', 'judge.mjs']],
    ['with a __proto__ that throws', ['--disable-proto=throw', 'judge.mjs']],
    ['with frozen intrinsics', ['--frozen-intrinsics', 'judge.mjs']],
    ['in a worker thread', ['--eval', "new (require('node:worker_threads').Worker)('./judge.mjs')"]],
  ])('judges %s as anywhere else', (_what, args) => {
    writeFileSync(join(installed.app, 'judge.mjs'), JUDGE);
    const ended = installed.run('--no-warnings', ...args);
    const output = 'true SESSION_REVOKED TOKEN_INVALID user InvalidConfiguration\n';
    expect(ended).toEqual({ status: 0, output });
  });
});
