import type { Logger } from '@gatehouse/observability';
import { eventually } from '@gatehouse/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionsRig } from '../../test/sessions-rig.js';
import { AuthServiceUnavailable, LogoutRefused, RolesRefused, SignInRefused } from './auth-service.errors.js';
import type { AuthService } from './auth-service.port.js';

const SIGN_IN = '/api/v1/internal/federated-sign-in';
const REFRESH = '/api/v1/auth/refresh';
const TOKEN = '/api/v1/auth/token';
const ask = { provider: 'entra', idToken: 'x.y.z', nonce: 'n', client: { ipAddress: '192.0.2.1', userAgent: 'B' } };

let rig: SessionsRig;
let service: AuthService;
let errors: string[];
let logger: Logger;
beforeEach(async () => {
  rig = await SessionsRig.start();
  errors = [];
  const note = (message: string, facts: unknown) => void errors.push(`${message} ${JSON.stringify(facts)}`);
  logger = { debug: note, info: note, warn: note, error: note };
  service = rig.authService(logger);
});
afterEach(() => rig.close());

const failing = (status: number, body: string) => (response: import('node:http').ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' }).end(body);
const code = (name: string) => JSON.stringify({ success: false, error: { code: name, message: 'no' } });

describe('the gateway’s token at the auth service', () => {
  it('is asked for once, however many calls want it, with its secret percent-encoded (RFC 6749 §2.3.1)', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => service.signIn(ask)));
    expect(new Set(opened.map(({ sessionId }) => sessionId)).size).toBe(20);
    expect(rig.auth.count(TOKEN)).toBe(1);
  });

  it('is renewed before it ends, beside the calls', async () => {
    await service.signIn(ask);
    rig.time.advance(241_000);
    await service.signIn(ask);
    await eventually(() => expect(rig.auth.count(TOKEN)).toBe(2));
    // The old one is good still, and renewal fails: nobody notices.
    rig.time.advance(241_000);
    rig.auth.wrong.set(TOKEN, failing(503, '{}'));
    await service.signIn(ask);
    await eventually(() => expect(rig.auth.count(TOKEN)).toBe(3));
    await service.signIn(ask);
    rig.time.advance(60_000);
    await expect(service.signIn(ask)).rejects.toThrow(AuthServiceUnavailable);
  });

  it('is replaced once when it is refused, and the call repeated with the new one', async () => {
    await service.signIn(ask);
    rig.auth.forgetServiceTokens();
    await expect(service.signIn(ask)).resolves.toMatchObject({ userId: '101' });
    expect(rig.auth.count(TOKEN)).toBe(2);
    rig.auth.wrong.set(SIGN_IN, failing(401, code('TOKEN_INVALID')));
    await expect(service.signIn(ask)).rejects.toThrow(AuthServiceUnavailable);
    expect(rig.auth.count(TOKEN)).toBe(3);
  });
});

describe('a sign-in at the auth service', () => {
  it('comes back as the session it opened', async () => {
    const opened = await service.signIn(ask);
    const [sid] = [...rig.auth.sessions.keys()];
    expect(opened).toMatchObject({ sessionId: sid, userId: '100', expiresAtMs: rig.time.nowMs() + rig.auth.sessionMs });
    expect(JSON.parse(rig.auth.bodies.at(-1)!)).toEqual(ask);
  });

  it.each(['ACCOUNT_DISABLED', 'SIGN_UP_CLOSED', 'SESSION_LIMIT', 'LINK_REQUIRED', 'IDENTITY_REFUSED'] as const)(
    'that is refused with %s says so',
    async (name) => {
      rig.auth.wrong.set(SIGN_IN, failing(403, code(name)));
      await expect(service.signIn(ask)).rejects.toMatchObject({ constructor: SignInRefused, code: name });
    },
  );

  it.each([
    ['the gateway lacks the scope', 403, code('FORBIDDEN')],
    ['the auth service knows no such route', 404, code('NOT_FOUND')],
    ['something else answers in its place', 403, '<html>'],
    ['it asks for a pause', 429, code('RATE_LIMITED')],
    ['it fails', 500, code('INTERNAL_ERROR')],
    ['it answers something else', 200, '{"success":true,"data":{"userId":1}}'],
    ['its session id is none', 200, '{"success":true,"data":{"userId":1,"sessionId":"../x"}}'],
    ['it redirects', 302, ''],
  ])('is not the person’s fault where %s', async (_what, status, body) => {
    rig.auth.wrong.set(SIGN_IN, failing(status, body));
    await expect(service.signIn(ask)).rejects.toThrow(AuthServiceUnavailable);
  });

  it('is never sent twice, since an ID token works once', async () => {
    await service.signIn(ask);
    rig.auth.wrong.set(SIGN_IN, (response) => response.destroy());
    await expect(service.signIn(ask)).rejects.toThrow(AuthServiceUnavailable);
    expect(rig.auth.count(SIGN_IN)).toBe(2);
  });
});

describe('a refresh at the auth service', () => {
  it('is answered with the next pair', async () => {
    const { refreshToken, accessToken } = await service.signIn(ask);
    const answer = await service.refresh(refreshToken, accessToken);
    expect(answer).toMatchObject({ kind: 'refreshed', accessTokenExpiresAtMs: rig.time.nowMs() + 900_000 });
    // Counted as the person's: thousands stand behind the gateway's one address.
    expect(rig.auth.authorizations.at(-1)).toBe(`Bearer ${accessToken}`);
  });

  it.each(['REFRESH_INVALID', 'REFRESH_EXPIRED', 'REFRESH_REUSE_DETECTED', 'ACCOUNT_DISABLED'])(
    'that is refused with %s ends the session',
    async (name) => {
      rig.auth.wrong.set(REFRESH, failing(401, code(name)));
      expect(await service.refresh('r', 'a')).toEqual({ kind: 'ended', code: name });
    },
  );

  it.each([
    ['a proxy’s 401', 401, '<html>'],
    ['a proxy’s 403', 403, '{}'],
    ['a code that says nothing of the session', 400, code('VALIDATION_ERROR')],
    ['too many requests', 429, code('RATE_LIMITED')],
    ['a failure', 503, code('SESSION_ERROR')],
    ['a success without tokens', 200, '{"success":true,"data":{}}'],
    ['a failure that names an end', 500, code('REFRESH_INVALID')],
  ])('ends no session because of %s', async (_what, status, body) => {
    rig.auth.wrong.set(REFRESH, failing(status, body));
    await expect(service.refresh('r', 'a')).rejects.toThrow(AuthServiceUnavailable);
  });

  it('is sent again over a new connection where a kept one turns out to be dead', async () => {
    const { refreshToken, accessToken } = await service.signIn(ask);
    let broken = 0;
    rig.auth.wrong.set(REFRESH, (response) => {
      broken += 1;
      rig.auth.wrong.delete(REFRESH);
      response.destroy();
    });
    await expect(service.refresh(refreshToken, accessToken)).resolves.toMatchObject({ kind: 'refreshed' });
    expect(broken).toBe(1);
  });
});

describe('ending sessions at the auth service', () => {
  it('takes an access token, and says whether it was one of a session there', async () => {
    const { accessToken, sessionId } = await service.signIn(ask);
    expect(await service.signOut(accessToken)).toBe(true);
    expect(rig.auth.sessions.get(sessionId)?.hasEnded).toBe(true);
    expect(await service.signOut('not.a.token'.replaceAll('a', ''))).toBe(false);
  });

  it('takes what came from a provider, and hands a refusal on', async () => {
    const { sessionId } = await service.signIn(ask);
    await service.signOutAtProvider({ provider: 'entra', issuer: 'i', providerSessionId: sessionId });
    expect(rig.auth.sessions.get(sessionId)?.hasEnded).toBe(true);
    await service.takeOverRoles({ provider: 'entra', idToken: 'eyJ.new' });
    expect(rig.auth.takenOver).toEqual(['eyJ.new']);
    const again = service.takeOverRoles({ provider: 'entra', idToken: 'eyJ.new' });
    await expect(again).rejects.toMatchObject({ constructor: RolesRefused, code: 'IDENTITY_REFUSED' });
    const forged = service.signOutAtProvider({ provider: 'entra', logoutToken: 'forged' });
    await expect(forged).rejects.toMatchObject({ constructor: LogoutRefused, code: 'LOGOUT_TOKEN_INVALID' });
  });
});

describe('an auth service that does not answer', () => {
  beforeEach(() => {
    service = rig.authService(logger, 400);
  });

  const hangs: [string, (response: import('node:http').ServerResponse) => unknown][] = [
    ['says nothing', () => undefined],
    ['begins and does not end', (response) => response.writeHead(200).write('{"success"')],
    [
      'sends without end',
      (response) => {
        response.writeHead(200);
        const more = () => void (response.write(Buffer.alloc(65_536, ' ')) && setImmediate(more));
        response.on('drain', more);
        more();
      },
    ],
  ];
  it.each(hangs)('costs a call no more than its time: it %s', async (_what, hang) => {
    rig.auth.wrong.set(REFRESH, hang);
    const startedMs = performance.now();
    await expect(service.refresh('r', 'a')).rejects.toThrow(AuthServiceUnavailable);
    // The call has 400 ms; the rest is for a busy machine.
    expect(performance.now() - startedMs).toBeLessThan(1_900);
  });

  it('is given up at once when too many wait for it already', async () => {
    rig.auth.wrong.set(REFRESH, () => undefined);
    const waiting = Array.from({ length: 512 }, () => service.refresh('r', 'a').catch(() => undefined));
    const startedMs = performance.now();
    await expect(service.refresh('r', 'a')).rejects.toMatchObject({ retryAfterSeconds: 1 });
    expect(performance.now() - startedMs).toBeLessThan(300);
    // Nor do those in the queue wait for each other.
    await Promise.all(waiting);
    expect(performance.now() - startedMs).toBeLessThan(1_900);
  });

  it('is back when it is back', async () => {
    const { port } = rig.auth;
    await rig.auth.close();
    await expect(service.signIn(ask)).rejects.toThrow(AuthServiceUnavailable);
    await rig.auth.listen(port);
    await eventually(() => service.signIn(ask));
  });

  it('leaves no secret, token or code in what is logged or thrown', async () => {
    rig.auth.wrong.set(TOKEN, failing(401, '{"error":"invalid_client"}'));
    const thrown = await service.signIn({ ...ask, idToken: 'SECRET-ID-TOKEN' }).catch((error: unknown) => error);
    await sleep(1);
    const told = `${errors.join()} ${String(thrown)} ${JSON.stringify(thrown)}`;
    expect(errors).toHaveLength(1);
    for (const secret of ['SECRET-ID-TOKEN', 's:cr', 's%3Acr']) expect(told).not.toContain(secret);
  });
});
