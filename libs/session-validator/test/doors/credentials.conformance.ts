import { DoorRig } from './door-rig.js';
import { invalidToken, refusal, signIn401, type DoorClient } from './door-client.js';
import { COOKIE } from './cookies.conformance.js';
import { rawGet } from './raw-request.js';

/** What a door makes of tokens, good and bad, and of what is none. */
export function describeCredentials(door: DoorClient): void {
  it('lets a good token in and tells who it is, and nothing else of it', async () => {
    const { token, claims } = door.rig.signIn({ roles: ['user', 'admin'], scope: 'a b', gen: 3, amr: ['pwd', 'otp'] });
    const response = await door.get('/me', token);
    expect(response.status).toBe(200);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.json()).toEqual({
      principal: {
        userId: Number(claims.sub),
        subject: claims.sub,
        sessionId: claims.sid,
        tokenId: claims.jti,
        clientId: 'web',
        roles: ['user', 'admin'],
        scopes: ['a', 'b'],
        generation: 3,
        authenticatedAtMs: claims.auth_time * 1000,
        authMethods: ['pwd', 'otp'],
        acr: 'aal1',
      },
    });
  });

  it('keeps a hundred callers apart who come at once', async () => {
    const callers = Array.from({ length: 100 }, () => door.rig.signIn());
    const answers = await Promise.all(callers.map(async ({ token }) => (await door.get('/me', token)).json()));
    expect(answers).toMatchObject(callers.map(({ claims }) => ({ principal: { sessionId: claims.sid } })));
  });

  it('waits for a key that was published a moment ago', async () => {
    door.rig.issuer.rotate();
    expect((await door.get('/me', door.rig.signIn().token)).status).toBe(200);
  });

  describe('refuses', () => {
    it('a request without a token, without naming an error (RFC 6750 §3.1)', async () => {
      expect(await refusal(await door.get('/me'))).toEqual(signIn401);
    });

    it('a token in the address or the body: only the header counts', async () => {
      const { token } = door.rig.signIn();
      expect(await refusal(await door.get(`/me?access_token=${token}`))).toEqual(signIn401);
      const form = new URLSearchParams({ access_token: token });
      // The route is for GET; where a door is asked before the method, it must not look into the body.
      const posted = await door.get('/me', undefined, { method: 'POST', body: form });
      expect(posted.ok).toBe(false);
    });

    it('a token in a cookie: nobody said that there are any', async () => {
      const { token } = door.rig.signIn();
      const response = await rawGet(door.port, '/me', `Cookie: ${COOKIE.name}=${token}`);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gatehouse"']);
    });

    it.each([
      ['text that is no token', () => 'nonsense', 'TOKEN_INVALID'],
      ['a token signed by somebody else', () => new DoorRig().signIn().token, 'TOKEN_INVALID'],
      ['a token far too long', () => 'x'.repeat(9_000), 'TOKEN_INVALID'],
      ['a revoked session', () => revoked('sid'), 'SESSION_REVOKED'],
      ['a revoked token', () => revoked('jti'), 'TOKEN_REVOKED'],
      ['rights that have changed', () => revoked('sub'), 'TOKEN_STALE'],
      ['an expired token', () => expired(), 'TOKEN_EXPIRED'],
    ])('%s', async (_what, tokenOf, code) => {
      expect(await refusal(await door.get('/me', tokenOf()))).toEqual(invalidToken(code));
    });

    function revoked(scope: 'sid' | 'jti' | 'sub'): string {
      const { token, claims } = door.rig.signIn();
      door.rig.feed.revoke({ scope, value: claims[scope], cutoff: 1 });
      return token;
    }

    function expired(): string {
      const { token } = door.rig.signIn();
      door.rig.time.advance(931_000);
      door.rig.feed.beat();
      return token;
    }

    it('two Authorization headers, though Node shows only the first (RFC 6750 §3.1)', async () => {
      const [mine, other] = [door.rig.signIn().token, door.rig.signIn().token];
      for (const path of ['/me', '/optional']) {
        const response = await rawGet(
          door.port,
          path,
          `Authorization: Bearer ${mine}`,
          `authorization: Bearer ${other}`,
        );
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([
          400,
          'Bearer realm="gatehouse", error="invalid_request"',
        ]);
        expect(JSON.parse(response.body)).toMatchObject({ success: false, error: { code: 'VALIDATION_ERROR' } });
      }
    });

    it.each(['Bearer a b', 'Bearer a,b', 'Bearer a, Bearer b'])('credentials nobody can read: %s', async (text) => {
      const response = await rawGet(door.port, '/me', `Authorization: ${text}`);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        400,
        'Bearer realm="gatehouse", error="invalid_request"',
      ]);
    });

    it.each([
      ['another scheme', 'Basic YTpi'],
      ['the scheme alone', 'Bearer'],
      ['the scheme and a space', 'Bearer '],
      ['nothing', ''],
      ['a scheme that only begins like it', 'Bearerx abc'],
    ])('a header with %s, as one without a token', async (_what, value) => {
      const response = await rawGet(door.port, '/me', `Authorization: ${value}`);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gatehouse"']);
    });

    it('hostile headers, and goes on serving', async () => {
      const { token } = door.rig.signIn();
      for (const value of [
        'Bearer \x01',
        'Bearer \xff\xfe\xfd',
        'Bearer __proto__',
        'Bearer ..',
        'Bearer {"alg":"none"}',
        `Bearer ${token}\t`.padEnd(12_000, '\xa0'),
        `Bearer ${token}%00`,
        `Bearer "${token}"`,
        `Bearer ${token.replace(/\.[^.]*$/, '.')}`,
      ]) {
        const { status } = await rawGet(door.port, '/me', `Authorization: ${value}`, '__proto__: x', 'constructor: y');
        expect([400, 401]).toContain(status);
      }
      expect((await door.get('/me', token)).status).toBe(200);
    });
  });

  it('takes the scheme in any case (RFC 9110 §11.1)', async () => {
    const { token } = door.rig.signIn();
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      expect((await rawGet(door.port, '/me', `Authorization: ${scheme} ${token}`)).status).toBe(200);
    }
  });

  it('asks again of a header it knows by heart: what has ended, what is over, and what else was sent', async () => {
    const [ended, over] = [door.rig.signIn(), door.rig.signIn()];
    for (const { token } of [ended, over, ended, over]) expect((await door.get('/me', token)).status).toBe(200);
    const known = `Bearer ${ended.token}`;
    for (const beside of [known, 'Basic YTpi']) {
      expect((await rawGet(door.port, '/me', `Authorization: ${known}`, `authorization: ${beside}`)).status).toBe(400);
    }
    for (const [header, status] of [
      [`Basic ${ended.token}`, 401],
      [`Bearer ${over.token}.${ended.token}`, 401],
      [`Bearer a ${ended.token}`, 400],
      [known.replace(/.{9}$/, '$&$&'), 401],
      [known.replace('Bearer e', 'Bearer f'), 401],
    ] as const) {
      expect([header, (await rawGet(door.port, '/me', `Authorization: ${header}`)).status]).toEqual([header, status]);
    }
    door.rig.feed.revoke({ scope: 'sid', value: ended.claims.sid });
    expect(await refusal(await door.get('/me', ended.token))).toEqual(invalidToken('SESSION_REVOKED'));
    expect((await door.get('/me', over.token)).status).toBe(200);
    door.rig.time.advance(960_000);
    door.rig.feed.beat();
    expect(await refusal(await door.get('/me', over.token))).toEqual(invalidToken('TOKEN_EXPIRED'));
  });

  it('lets nobody in where that is optional, and a token that is sent must be good', async () => {
    const { token, claims } = door.rig.signIn();
    expect(await (await door.get('/optional')).json()).toEqual({ principal: null });
    expect(await (await door.get('/optional', token)).json()).toMatchObject({ principal: { sessionId: claims.sid } });
    door.rig.feed.revoke({ scope: 'sid', value: claims.sid });
    expect(await refusal(await door.get('/optional', token))).toEqual(invalidToken('SESSION_REVOKED'));
    expect(await refusal(await door.get('/optional', 'nonsense'))).toEqual(invalidToken('TOKEN_INVALID'));
  });
}
