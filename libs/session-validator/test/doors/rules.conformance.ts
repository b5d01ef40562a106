import { DoorRig } from './door-rig.js';
import { invalidToken, refusal, signIn401, type DoorClient, type RunningDoor } from './door-client.js';

/** What a route may ask for beyond a good token. */
export function describeRules(door: DoorClient, open: (rig: DoorRig) => Promise<RunningDoor>): void {
  describe('asks for', () => {
    it('one of the roles', async () => {
      const challenge = 'Bearer realm="gatehouse", error="insufficient_scope"';
      expect((await door.get('/roles', door.rig.signIn({ roles: ['owner'] }).token)).status).toBe(200);
      for (const roles of [[], ['user'], ['ADMIN'], ['admin ']]) {
        expect(await refusal(await door.get('/roles', door.rig.signIn({ roles }).token))).toEqual([
          403,
          'FORBIDDEN',
          challenge,
        ]);
      }
      expect(await refusal(await door.get('/roles'))).toEqual(signIn401);
    });

    it('all of the scopes, and names them', async () => {
      const challenge = 'Bearer realm="gatehouse", error="insufficient_scope", scope="orders:read orders:write"';
      expect((await door.get('/scopes', door.rig.signIn({ scope: 'orders:write x orders:read' }).token)).status).toBe(
        200,
      );
      for (const scope of ['', 'orders:read', 'orders:readorders:write']) {
        expect(await refusal(await door.get('/scopes', door.rig.signIn({ scope }).token))).toEqual([
          403,
          'FORBIDDEN',
          challenge,
        ]);
      }
      expect(await refusal(await door.get('/scopes'))).toEqual(signIn401);
    });

    it('a person, unless it says that a service account will do', async () => {
      const service = door.rig.issuer.serviceToken('svc_reports', {
        scope: 'orders:read orders:write',
        roles: ['admin'],
      });
      for (const route of ['/me', '/optional', '/roles', '/scopes', '/recent']) {
        expect(await refusal(await door.get(route, service))).toEqual(invalidToken('TOKEN_INVALID'));
      }
      const answer = await door.get('/services', service);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({
        principal: {
          serviceAccountId: 'svc_reports',
          subject: 'svc_reports',
          clientId: 'svc_reports',
          roles: ['admin'],
        },
      });
      expect(text).not.toContain('userId');
      expect((await door.get('/services', door.rig.signIn().token)).status).toBe(200);
    });

    const nowSeconds = () => Math.floor(Date.now() / 1000);
    const stepUp = (needs: string) => [
      403,
      'STEP_UP_REQUIRED',
      `Bearer realm="gatehouse", error="insufficient_user_authentication", error_description="STEP_UP_REQUIRED", ${needs}`,
    ];

    it('a recent sign-in, and says how recent (RFC 9470 §3)', async () => {
      expect((await door.get('/recent', door.rig.signIn({ auth_time: nowSeconds() - 290 }).token)).status).toBe(200);
      const old = door.rig.signIn({ auth_time: nowSeconds() - 301 }).token;
      expect(await refusal(await door.get('/recent', old))).toEqual(stepUp('max_age="300"'));
      expect((await door.get('/me', old)).status).toBe(200);
      expect(await refusal(await door.get('/recent'))).toEqual(signIn401);
    });

    it('a strong sign-in, and says how strong (RFC 9470 §3)', async () => {
      expect((await door.get('/strong', door.rig.signIn({ acr: 'aal3', auth_time: 1 }).token)).status).toBe(200);
      const weak = door.rig.signIn({ acr: 'aal1' }).token;
      expect(await refusal(await door.get('/strong', weak))).toEqual(stepUp('acr_values="aal2 aal3"'));
    });

    it('both, and tells both whichever is missing', async () => {
      const both = stepUp('acr_values="aal2", max_age="300"');
      expect((await door.get('/both', door.rig.signIn({ acr: 'aal2' }).token)).status).toBe(200);
      expect(await refusal(await door.get('/both', door.rig.signIn({ acr: 'aal1' }).token))).toEqual(both);
      const old = door.rig.signIn({ acr: 'aal2', auth_time: nowSeconds() - 301 }).token;
      expect(await refusal(await door.get('/both', old))).toEqual(both);
    });
  });

  it('lets each route say how stale the list may be: 503, never 401, and when to try again', async () => {
    const { token } = door.rig.signIn();
    const { token: gone, claims } = door.rig.signIn();
    door.rig.feed.revoke({ scope: 'sid', value: claims.sid });
    const statuses = () =>
      Promise.all(['/me', '/bounded', '/closed'].map(async (path) => (await door.get(path, token)).status));
    expect(await statuses()).toEqual([200, 200, 200]);
    door.rig.time.advance(6_000);
    expect(await statuses()).toEqual([200, 200, 503]);
    door.rig.time.advance(25_000);
    expect(await statuses()).toEqual([200, 503, 503]);

    const stale = await door.get('/closed', token);
    expect(stale.headers.get('retry-after')).toBe('1');
    expect(await refusal(stale)).toEqual([503, 'FEED_STALE', null]);
    // What is known to be revoked is refused as such, however old the list.
    expect(await refusal(await door.get('/closed', gone))).toEqual(invalidToken('SESSION_REVOKED'));

    door.rig.feed.beat();
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('answers 503 before the list was first read', async () => {
    await door.close();
    await door.open(new DoorRig({ alive: false }), open);
    expect(await refusal(await door.get('/me', door.rig.signIn().token))).toEqual([503, 'FEED_STALE', null]);
  });
}
