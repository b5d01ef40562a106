import { listRoutes } from '@gatehouse/nest-kit';
import { signedIn } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';

/** Every route with who may use it. A new one must be added here, by somebody who has thought about it. */
const ROUTES = {
  'DELETE /api/v1/auth/devices/:deviceId': 'guarded',
  'GET /api/v1/auth/devices': 'guarded',
  'PATCH /api/v1/auth/devices/:deviceId': 'guarded',
  'DELETE /api/v1/sessions': 'guarded',
  'DELETE /api/v1/sessions/:sessionId': 'guarded',
  'GET /.well-known/jwks.json': 'public',
  'GET /.well-known/key-bundle.jws': 'public',
  'GET /.well-known/oauth-authorization-server': 'public',
  'GET /.well-known/openid-configuration': 'public',
  'GET /api/v1/admin/analytics/devices': 'guarded',
  'GET /api/v1/admin/analytics/logins': 'guarded',
  'GET /api/v1/admin/analytics/revocations': 'guarded',
  'GET /api/v1/admin/analytics/sessions': 'guarded',
  'GET /api/v1/admin/audit': 'guarded',
  'GET /api/v1/admin/audit/verify': 'guarded',
  'DELETE /api/v1/auth/account': 'guarded',
  'GET /api/v1/auth/account/export/:id': 'guarded',
  'GET /api/v1/auth/activity': 'guarded',
  'PATCH /api/v1/auth/me': 'guarded',
  'GET /api/v1/auth/me/session-policy': 'guarded',
  'PATCH /api/v1/auth/me/session-policy': 'guarded',
  'POST /api/v1/auth/account/export': 'guarded',
  // Public: whoever has left is signed out everywhere. Asks for the token of a link.
  'POST /api/v1/auth/account/restore': 'public',
  'POST /api/v1/auth/email/change': 'guarded',
  'POST /api/v1/auth/email/resend': 'public',
  // Public: asks for the token of a link.
  'POST /api/v1/auth/email/verify': 'public',
  'POST /api/v1/auth/password/change': 'guarded',
  'POST /api/v1/auth/password/forgot': 'public',
  // Public: asks for the token of a link.
  'POST /api/v1/auth/password/reset': 'public',
  // Where there is no mail server, and never in production; to browsers on the same machine.
  'GET /dev/inbox': 'public',
  // Likewise, where links in mail lead to no application.
  'GET /': 'public',
  'GET /reset-password': 'public',
  'GET /restore-account': 'public',
  'GET /verify-email': 'public',
  // Public to the guards: shows a page what proves it, expired access token or not; asks for the cookies of a session.
  'GET /api/v1/auth/csrf': 'public',
  'GET /api/v1/auth/identities': 'guarded',
  'DELETE /api/v1/auth/identities/:identityId': 'guarded',
  'POST /api/v1/auth/identities/:provider/start': 'guarded',
  'GET /api/v1/auth/oauth': 'public',
  'GET /api/v1/auth/oauth/:provider/start': 'public',
  // Public: asks for what the start left with the browser, and for a good answer of the provider.
  'GET /api/v1/auth/oauth/:provider/callback': 'public',
  // Public: asks for the code of the callback and the secret it was begun with.
  'POST /api/v1/auth/oauth/:provider/exchange': 'public',
  // Public: asks for an access token of the provider.
  'POST /api/v1/auth/oauth/:provider/bearer': 'public',
  // Public to the guards: the logout token proves itself.
  'POST /api/v1/auth/oauth/:provider/backchannel-logout': 'public',
  // Public to the guards: the security event proves itself.
  'POST /api/v1/auth/oauth/:provider/events': 'public',
  // Public: nobody signs it. It ends one session of the provider, to whoever knows its name.
  'GET /api/v1/auth/oauth/:provider/frontchannel-logout': 'public',
  // To service accounts with the scope `federation`, from inside.
  'POST /api/v1/internal/federated-roles': 'guarded',
  'POST /api/v1/internal/federated-sign-in': 'guarded',
  'POST /api/v1/internal/federated-sign-out': 'guarded',
  'GET /api/v1/auth/jwks': 'public',
  'GET /api/v1/auth/me': 'guarded',
  'GET /api/v1/auth/verify': 'guarded',
  'GET /api/v1/admin/keys': 'guarded',
  'POST /api/v1/admin/keys/rotate': 'guarded',
  'POST /api/v1/admin/keys/:kid/revoke': 'guarded',
  'GET /api/v1/admin/users/export': 'guarded',
  'GET /api/v1/admin/users/import/:importId': 'guarded',
  'GET /api/v1/admin/validators': 'guarded',
  'GET /api/v1/admin/service-accounts': 'guarded',
  'POST /api/v1/admin/service-accounts': 'guarded',
  'GET /api/v1/admin/service-accounts/:clientId': 'guarded',
  'PATCH /api/v1/admin/service-accounts/:clientId': 'guarded',
  'DELETE /api/v1/admin/service-accounts/:clientId': 'guarded',
  'POST /api/v1/admin/service-accounts/:clientId/secrets': 'guarded',
  'DELETE /api/v1/admin/service-accounts/:clientId/secrets/:secretId': 'guarded',
  // Public to the guards: clients prove who they are in the ways of OAuth.
  'POST /api/v1/auth/token': 'public',
  'POST /api/v1/auth/introspect': 'public',
  'POST /api/v1/auth/revoke': 'public',
  'GET /api/v1/admin/users': 'guarded',
  'POST /api/v1/admin/users': 'guarded',
  'GET /api/v1/admin/users/:id': 'guarded',
  'PATCH /api/v1/admin/users/:id': 'guarded',
  'DELETE /api/v1/admin/users/:id': 'guarded',
  'GET /api/v1/admin/users/:id/sessions': 'guarded',
  'DELETE /api/v1/admin/users/:id/sessions': 'guarded',
  'DELETE /api/v1/admin/users/:id/sessions/:sessionId': 'guarded',
  'POST /api/v1/admin/users/:id/impersonate': 'guarded',
  'GET /api/v1/admin/sessions': 'guarded',
  'GET /api/v1/admin/revocations': 'guarded',
  'POST /api/v1/admin/revocations': 'guarded',
  'GET /api/v1/admin/policies/session': 'guarded',
  'PUT /api/v1/admin/policies/session': 'guarded',
  'GET /api/v1/admin/policies/password': 'guarded',
  'PUT /api/v1/admin/policies/password': 'guarded',
  'GET /api/v1/admin/policies/rate-limits': 'guarded',
  'PUT /api/v1/admin/policies/rate-limits': 'guarded',
  'GET /api/v1/admin/roles': 'guarded',
  'POST /api/v1/admin/roles': 'guarded',
  'PUT /api/v1/admin/roles/:name': 'guarded',
  'DELETE /api/v1/admin/roles/:name': 'guarded',
  'POST /api/v1/auth/impersonation/stop': 'guarded',
  'POST /api/v1/auth/step-up': 'guarded',
  'GET /api/v1/revocations/:id': 'guarded',
  // Public to the guards: asks for a token of its own kind.
  'GET /api/v1/revocations/stream': 'public',
  'GET /api/v1/sessions': 'guarded',
  'GET /api/v1/sessions/current': 'guarded',
  'GET /api/v1/sessions/events': 'guarded',
  'GET /api/v1/sessions/:sessionId': 'guarded',
  'PATCH /api/v1/sessions/:sessionId': 'guarded',
  'GET /api/v1/sessions/:sessionId/activity': 'guarded',
  'POST /api/v1/sessions/revoke': 'guarded',
  'GET /health': 'public',
  'GET /metrics': 'public',
  'GET /ready': 'public',
  'POST /api/v1/admin/users/import': 'guarded',
  'POST /api/v1/auth/refresh': 'public',
  'POST /api/v1/auth/register': 'public',
  'POST /api/v1/auth/signin': 'public',
  // Public to the guards: expired tokens sign out as well; it recognises its caller by itself.
  'POST /api/v1/auth/signout': 'public',
  'POST /api/v1/auth/signup': 'public',
  'POST /api/v1/auth/verify': 'guarded',
  // Public to the guards: asks for the token of the stream.
  'POST /api/v1/revocations/receipts': 'public',
  // The same.
  'POST /api/v1/sessions/activity': 'public',
  // The page that shows the OpenAPI document; no controller, no data.
  'GET /docs': 'outside',
  'GET /docs/': 'outside',
  'GET /docs/*': 'outside',
  'GET /docs/LICENSE': 'outside',
  'GET /docs/docs/swagger-ui-init.js': 'outside',
  'GET /docs/index.html': 'outside',
  'GET /docs/openapi.json': 'outside',
  'GET /docs/openapi.yaml': 'outside',
  'GET /docs/swagger-ui-init.js': 'outside',
} as const;

const AN_ID = 'a'.repeat(64);
const guarded = Object.entries(ROUTES).flatMap(([route, access]) => {
  const [method = '', path = ''] = route.split(' ');
  return access === 'guarded' ? [{ method, path: path.replace(/:\w+/, AN_ID) }] : [];
});

describe('the routes', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth();
  });
  afterAll(() => auth.close());

  it('are listed, each as public or guarded', () => {
    const found = listRoutes(auth.app, 'session-validator:access').map(({ method, path, access }) => [
      `${method} ${path}`,
      access,
    ]);
    expect(Object.fromEntries(found)).toEqual(ROUTES);
  });

  it.each(guarded)(
    'are closed without a good token where they are guarded, and no answer is kept: $method $path (R1, R3)',
    async ({ method, path }) => {
      const missing = await auth.ask(method, path);
      expect([missing.status, missing.body.error.code]).toEqual([401, 'TOKEN_MISSING']);
      // Without credentials there is nothing to say about them (RFC 6750 §3.1).
      expect(missing.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
      const bad = await auth.ask(method, path, { token: 'e30.e30.c2ln' });
      expect([bad.status, bad.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
      expect(bad.headers['www-authenticate']).toMatch(/^Bearer realm="gatehouse", error="invalid_token"/);
      for (const { headers } of [missing, bad]) expect(headers['cache-control']).toBe('no-store');
    },
  );

  it('take a token out of the Authorization header alone, and one of it (R2)', async () => {
    const { token } = await signedIn(auth, ['user', 'admin']);
    const found: string[] = [];
    for (const { method, path } of guarded) {
      const inBody = method === 'GET' ? {} : { body: { access_token: token } };
      const elsewhere = await Promise.all([
        auth.ask(method, `${path}?access_token=${token}&token=${token}`),
        auth.ask(method, path, inBody),
        auth.ask(method, path, { headers: { 'x-access-token': token, 'x-authorization': `Bearer ${token}` } }),
        auth.ask(method, path, { headers: { authorization: `Bearer ${token}, Bearer ${token}` } }),
        auth.ask(method, path, { headers: { authorization: token } }),
      ]);
      const statuses = elsewhere.map(({ status }) => status);
      if (statuses.some((status) => status !== 401 && status !== 400))
        found.push(`${method} ${path}: ${statuses.join()}`);
    }
    expect(found).toEqual([]);
    expect((await auth.ask('GET', '/api/v1/auth/me', { headers: { authorization: `bEARER ${token}` } })).status).toBe(
      200,
    );
  });
});
