import { SessionValidator } from '@gatehouse/session-validator/nest';
import { listRoutes } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { aRole, signedIn, type SignedInPerson } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { ADMIN_AREAS, type AdminArea } from '../roles/permissions.js';

/** What support may see; everything else of administration is closed to it. */
const OPEN_TO_SUPPORT = [
  'GET /api/v1/admin/users',
  'GET /api/v1/admin/users/:id',
  'GET /api/v1/admin/users/:id/sessions',
  'GET /api/v1/admin/sessions',
];

/** Each area, and the permission alone that opens it. Nothing else does but the role `admin`. */
const AREAS: readonly (readonly [RegExp, AdminArea | 'nobody else'])[] = [
  [/^users\/import/, 'nobody else'],
  [/^users\/:id\/sessions/, 'sessions'],
  [/^users\/:id\/impersonate/, 'impersonation'],
  [/^users/, 'users'],
  [/^sessions/, 'sessions'],
  [/^revocations/, 'revocations'],
  [/^roles/, 'roles'],
  [/^policies/, 'policies'],
  [/^keys/, 'keys'],
  [/^audit/, 'audit'],
  [/^analytics/, 'analytics'],
  [/^service-accounts/, 'service-accounts'],
  [/^validators/, 'validators'],
];
/** Reading that takes the whole permission: everybody at once is more than looking at people. */
const WHOLE_PERMISSION = ['GET /api/v1/admin/users/export'];
const areaOf = (route: string) => {
  const path = route.replace(/^\w+ \/api\/v1\/admin\//, '');
  return AREAS.find(([pattern]) => pattern.test(path))?.[1];
};

/** Found in the running service, so that a route nobody has thought of is tried as well. */
describe('every route of administration', () => {
  let auth: RunningAuth;
  let admin: SignedInPerson;
  let routes: { readonly route: string; readonly method: string; readonly path: string }[];
  beforeAll(async () => {
    auth = await startAuth();
    await auth.app.get(SessionValidator).ready();
    admin = await signedIn(auth, ['user', 'admin']);
    const { user } = await signedIn(auth);
    const filled = { id: String(user.id), sessionId: 'a'.repeat(64), name: 'refunds' } as Record<string, string>;
    routes = listRoutes(auth.app, 'session-validator:access')
      .filter(({ path }) => path.startsWith('/api/v1/admin/'))
      .map(({ method, path }) => ({
        route: `${method} ${path}`,
        method,
        path: path.replace(/:(\w+)/g, (_whole, name: string) => filled[name] ?? 'a'.repeat(36)),
      }));
  });
  afterAll(() => auth.close());

  const isRead = ({ method }: { method: string }) => method === 'GET';

  /** Error code by route; `undefined` where it was let through to something that answered. */
  async function codes(token: string | undefined, which = routes): Promise<Record<string, string | undefined>> {
    const answers: Record<string, string | undefined> = {};
    for (const { route, method, path } of which) {
      const answer = await auth.ask(method, path, token === undefined ? {} : { token });
      // Lines are no JSON, and no failure.
      answers[route] = answer.body?.error?.code;
    }
    return answers;
  }
  const all = (code: string, which = routes) => Object.fromEntries(which.map(({ route }) => [route, code]));

  it('is found', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(routes.map(({ route }) => route)).toEqual(expect.arrayContaining(OPEN_TO_SUPPORT));
  });

  it('asks for a token', async () => {
    expect(await codes(undefined)).toEqual(all('TOKEN_MISSING'));
  });

  it('is closed to people', async () => {
    expect(await codes((await signedIn(auth)).token)).toEqual(all('FORBIDDEN'));
  });

  it('is closed to support but for looking at people and sessions', async () => {
    const answers = await codes((await signedIn(auth, ['user', 'support'])).token);
    const open = Object.keys(answers).filter((route) => answers[route] !== 'FORBIDDEN');
    expect(open.sort()).toEqual([...OPEN_TO_SUPPORT].sort());
  });

  it('belongs to one area', () => {
    expect(routes.filter(({ route }) => areaOf(route) === undefined)).toEqual([]);
    const used = new Set(routes.map(({ route }) => areaOf(route)));
    expect([...ADMIN_AREAS].filter((area) => !used.has(area))).toEqual([]);
  });

  it.each(ADMIN_AREAS.flatMap((area) => [`admin:${area}`, `admin:${area}:read`] as const))(
    'is opened by %s alone where it is of that area, and nowhere else',
    async (permission) => {
      const { token } = await signedIn(auth, ['user', await aRole(auth, permission)]);
      const answers = await codes(token);
      const open = Object.keys(answers).filter((route) => answers[route] !== 'FORBIDDEN');
      const expected = routes.filter(({ route, method }) => {
        const area = areaOf(route);
        const isOpenToReaders = method === 'GET' && !WHOLE_PERMISSION.includes(route);
        return permission === `admin:${area}` || (permission === `admin:${area}:read` && isOpenToReaders);
      });
      expect(open.sort()).toEqual(expected.map(({ route }) => route).sort());
      // What is open is so for a sign-in of just now.
      expect(Object.values(answers)).not.toContain('STEP_UP_REQUIRED');
    },
  );

  it('is opened by none of the permissions that look like them', async () => {
    const almost = ['admin', 'admin:users:write', 'admin:users:read:all', 'admin:everything', 'users', 'admin:user'];
    const { token } = await signedIn(auth, ['user', await aRole(auth, ...almost)]);
    expect(await codes(token)).toEqual(all('FORBIDDEN'));
  });

  it('asks an administrator who signed in long ago to do so again before anything is changed', async () => {
    const other = await signedIn(auth, ['user', 'admin']);
    const long = { authenticatedAtMs: Date.now() - 901_000 };
    await auth.app.get(SessionStore).amend(other.user.id, other.sessionId, long);
    const body = { refresh_token: other.refreshToken };
    const { access_token: token } = (await auth.ask('POST', '/api/v1/auth/refresh', { body })).body.data;
    const writes = routes.filter((route) => !isRead(route));
    expect(writes.length).toBeGreaterThan(10);
    expect(await codes(token, writes)).toEqual(all('STEP_UP_REQUIRED', writes));
    const reads = Object.values(await codes(token, routes.filter(isRead)));
    expect(reads).not.toContain('STEP_UP_REQUIRED');
    expect(reads).not.toContain('FORBIDDEN');
  });

  it('is closed to an administrator who acts in somebody’s place', async () => {
    const person = await signedIn(auth);
    const path = `/api/v1/admin/users/${person.user.id}/impersonate`;
    const { body } = await auth.ask('POST', path, { token: admin.token, body: { reason: 'a test' } });
    expect(await codes(body.data.access_token)).toEqual(all('FORBIDDEN'));

    // When the person becomes an administrator meanwhile, it is over: other services would let the token in.
    const promoted = { token: admin.token, body: { roles: ['user', 'admin'] } };
    expect((await auth.ask('PATCH', `/api/v1/admin/users/${person.user.id}`, promoted)).status).toBe(200);
    const refresh = { body: { refresh_token: body.data.refresh_token } };
    const next = await auth.ask('POST', '/api/v1/auth/refresh', refresh);
    expect(next.body.error.code).toBe('REFRESH_EXPIRED');
    const again = await auth.ask('GET', '/api/v1/sessions', { token: body.data.access_token });
    expect(again.body.error.code).toBe('SESSION_REVOKED');
  });

  it('is closed to an administrator who was demoted, with the old token and with the next', async () => {
    const other = await signedIn(auth, ['user', 'admin']);
    const path = `/api/v1/admin/users/${other.user.id}`;
    expect((await auth.ask('PATCH', path, { token: admin.token, body: { roles: ['user'] } })).status).toBe(200);
    expect(await codes(other.token)).toEqual(all('TOKEN_STALE'));
    const body = { refresh_token: other.refreshToken };
    const next = await auth.ask('POST', '/api/v1/auth/refresh', { body });
    expect(await codes(next.body.data.access_token)).toEqual(all('FORBIDDEN'));
  });
});
