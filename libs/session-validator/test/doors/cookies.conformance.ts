import type { AccessCookie } from '../../src/index.js';
import { DoorRig } from './door-rig.js';
import type { DoorClient } from './door-client.js';
import { rawRequest, type RawResponse } from './raw-request.js';

export const COOKIE = {
  name: '__Host-sid_at',
  allowedOrigins: ['https://app.example', 'http://localhost:3000'],
} as const satisfies AccessCookie;

const OWN = 'Origin: https://app.example';

/** What a door makes of tokens that browsers send by themselves. */
export function describeCookies(door: DoorClient): void {
  const ask = (method: string, path: string, ...lines: string[]): Promise<RawResponse> =>
    rawRequest(
      door.port,
      [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', 'Content-Length: 0', ...lines, '', ''].join(
        '\r\n',
      ),
    );
  const withCookie = (token: string) => `Cookie: theme=dark; ${COOKIE.name}=${token}; lang=de`;
  const verdictOf = ({ status, body, headers }: RawResponse) => {
    const { error } = JSON.parse(body) as { error?: { code: string } };
    // No part of a token, no session id.
    if (status >= 400) expect(body).not.toMatch(/eyJ|[0-9a-f]{64}/);
    return [status, error?.code, headers.get('www-authenticate')];
  };
  const csrf = [403, 'CSRF_FAILED', undefined];
  const unclear = [400, 'VALIDATION_ERROR', 'Bearer realm="gatehouse", error="invalid_request"'];
  const nobody = [401, 'TOKEN_MISSING', 'Bearer realm="gatehouse"'];

  it('lets the token of the cookie in, wherever in the header it is, and whoever asks to read', async () => {
    const { token, claims } = door.rig.signIn();
    for (const header of [
      `${COOKIE.name}=${token}`,
      `a=b; ${COOKIE.name}=${token}`,
      `${COOKIE.name}=${token};a=b;`,
      `a; =; ;; ${COOKIE.name}=${token}`,
      `a=b;\t${COOKIE.name}=${token}\t`,
    ]) {
      const { status, body } = await ask('GET', '/me', `Cookie: ${header}`, 'Origin: https://evil.example');
      expect([header, status]).toEqual([header, 200]);
      expect(JSON.parse(body)).toMatchObject({ principal: { sessionId: claims.sid } });
    }
    expect((await ask('HEAD', '/me', withCookie(token))).status).toBe(200);
  });

  it('lets the token of the header in as ever, with no word of where it comes from', async () => {
    const bearer = `Authorization: Bearer ${door.rig.signIn().token}`;
    expect((await ask('POST', '/me', bearer)).status).toBe(200);
    expect((await ask('DELETE', '/me', bearer, 'Cookie: theme=dark', 'Origin: https://evil.example')).status).toBe(200);
  });

  it('lets a page that is allowed to change something', async () => {
    const { token } = door.rig.signIn();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const proof of [OWN, 'Origin: http://localhost:3000', 'Sec-Fetch-Site: same-origin']) {
        expect([method, proof, (await ask(method, '/me', withCookie(token), proof)).status]).toEqual([
          method,
          proof,
          200,
        ]);
      }
    }
  });

  describe('refuses', () => {
    it.each([
      ['of another site', ['Origin: https://evil.example']],
      ['in a frame without an origin', ['Origin: null']],
      ['of a neighbouring host', ['Origin: https://shop.app.example']],
      ['whose name only begins so', ['Origin: https://app.example.evil.example']],
      ['whose name only ends so', ['Origin: https://evilapp.example']],
      ['on another port', ['Origin: https://app.example:8443']],
      ['over plain http', ['Origin: http://app.example']],
      ['that spells it otherwise', ['Origin: https://APP.example']],
      ['that is an address, not an origin', ['Origin: https://app.example/']],
      ['with nothing in its header', ['Origin: ']],
      ['that is one of ours on another site', [OWN, 'Sec-Fetch-Site: cross-site']],
      ['of two origins', [OWN, 'Origin: https://evil.example']],
      ['of one origin, said twice', [OWN, OWN]],
      [
        'that claims its own site beside a foreign origin',
        ['Origin: https://evil.example', 'Sec-Fetch-Site: same-origin'],
      ],
      ['that tells only who sent people there', ['Referer: https://app.example/']],
      ['of the same site', ['Sec-Fetch-Site: same-site']],
      ['of another site, which its browser tells', ['Sec-Fetch-Site: cross-site']],
      ['that nobody opened', ['Sec-Fetch-Site: none']],
      ['that tells it twice', ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: same-origin']],
      ['that tells nothing', []],
    ])('to change something for a page %s (B11)', async (_which, lines) => {
      const { token } = door.rig.signIn();
      for (const method of ['POST', 'DELETE']) {
        expect(verdictOf(await ask(method, '/me', withCookie(token), ...lines))).toEqual(csrf);
      }
      // Nor does it learn whether there is a session.
      expect(verdictOf(await ask('POST', '/me', withCookie('nonsense'), ...lines))).toEqual(csrf);
      expect(verdictOf(await ask('POST', '/optional', withCookie(token), ...lines))).toEqual(csrf);
    });

    it('a form of another site, whose body it does not read (B11)', async () => {
      const { token } = door.rig.signIn();
      const form = ['Content-Type: text/plain', 'Origin: https://evil.example', withCookie(token)];
      expect(verdictOf(await ask('POST', '/me', ...form))).toEqual(csrf);
    });

    it('a method nobody has heard to be harmless', async () => {
      const { token } = door.rig.signIn();
      for (const method of ['PROPFIND', 'QUERY', 'TRACE']) {
        // Whatever the framework makes of it, the principal is not handed on.
        expect((await ask(method, '/me', withCookie(token))).status).toBeGreaterThanOrEqual(400);
      }
    });

    it('a token in the header and one in the cookie (R1, RFC 6750 §2)', async () => {
      const { token } = door.rig.signIn();
      const [bearer, other] = [`Authorization: Bearer ${token}`, door.rig.signIn().token];
      for (const method of ['GET', 'POST']) {
        expect(verdictOf(await ask(method, '/me', bearer, withCookie(other), OWN))).toEqual(unclear);
        expect(verdictOf(await ask(method, '/optional', bearer, withCookie(token), OWN))).toEqual(unclear);
      }
    });

    it('two cookies of the name, of which somebody else may have planted one', async () => {
      const [mine, planted] = [door.rig.signIn().token, door.rig.signIn().token];
      const { name } = COOKIE;
      for (const lines of [
        [`Cookie: ${name}=${mine}; ${name}=${planted}`],
        [`Cookie: ${name}=${mine}; ${name}=${mine}`],
        [`Cookie: ${name}=${mine}; a=b; ${name}=`],
        [`Cookie: ${name}=; ${name}=${mine}`],
        [`Cookie: ${name}=${mine}`, `Cookie: ${name}=${planted}`],
        [`Cookie: ${name}=${mine};${name} =${planted}`],
      ]) {
        expect([lines, verdictOf(await ask('GET', '/me', ...lines))]).toEqual([lines, unclear]);
      }
    });

    it.each([
      ['a name in other letters', '__host-sid_at'],
      ['a name with more to it', '__Host-sid_at2'],
      ['a name with something before it', 'x__Host-sid_at'],
      ['a name that has lost its prefix', 'sid_at'],
      ['a name behind a blank of another kind', '\xa0__Host-sid_at'],
      ['a name behind a blank of Unicode', '\xe2\x80\x80__Host-sid_at'],
      ['a name in quotes', '"__Host-sid_at"'],
      ['a name that is encoded', '__Host%2Dsid_at'],
      ['a name inside a value', 'a=__Host-sid_at'],
      ['a name behind the comma of an older standard', '$Version=1,__Host-sid_at'],
      ['a name of an array', '__Host-sid_at[]'],
      ['the prototype', '__proto__'],
    ])('the cookie of %s, which no browser guards, as none', async (_what, name) => {
      const { token } = door.rig.signIn();
      expect(verdictOf(await ask('GET', '/me', `Cookie: ${name}=${token}`))).toEqual(nobody);
      expect(({} as { token?: unknown }).token).toBeUndefined();
    });

    it.each([
      ['text that is no token', () => 'nonsense', 'TOKEN_INVALID'],
      ['a token in quotes', () => `"${door.rig.signIn().token}"`, 'TOKEN_INVALID'],
      ['a token that is encoded', () => door.rig.signIn().token.replaceAll('.', '%2E'), 'TOKEN_INVALID'],
      ['a token signed by somebody else', () => new DoorRig().signIn().token, 'TOKEN_INVALID'],
      ['a cookie far too long', () => 'x'.repeat(9_000), 'TOKEN_INVALID'],
      ['a session that has ended', () => ended(), 'SESSION_REVOKED'],
    ])('%s', async (_what, tokenOf, code) => {
      const token = tokenOf();
      const invalid = [401, code, `Bearer realm="gatehouse", error="invalid_token", error_description="${code}"`];
      expect(verdictOf(await ask('GET', '/me', withCookie(token)))).toEqual(invalid);
      expect(verdictOf(await ask('POST', '/optional', withCookie(token), OWN))).toEqual(invalid);
    });

    function ended(): string {
      const { token, claims } = door.rig.signIn();
      door.rig.feed.revoke({ scope: 'sid', value: claims.sid });
      return token;
    }

    it('a token in the address or the body, as ever (R2)', async () => {
      const { token } = door.rig.signIn();
      expect(verdictOf(await ask('GET', `/me?${COOKIE.name}=${token}&access_token=${token}`))).toEqual(nobody);
    });
  });

  it('knows nobody without the cookie, or with an empty one, where that is optional', async () => {
    for (const lines of [[], [`Cookie: ${COOKIE.name}=`], ['Cookie: '], ['Origin: https://evil.example']]) {
      const { status, body } = await ask('POST', '/optional', ...lines);
      expect([status, JSON.parse(body)]).toEqual([200, { principal: null }]);
      expect(verdictOf(await ask('GET', '/me', ...lines))).toEqual(nobody);
    }
  });
}
