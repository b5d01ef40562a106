import { SessionValidator } from '@gatehouse/session-validator/nest';
import { AuditLog } from '../audit/audit-log.port.js';
import { aPerson, signedIn } from '../../test/administrators.js';
import { startAuth } from '../../test/start-auth.js';

const SESSION_POLICY = { max_sessions_per_user: 5, idle_seconds: 600, absolute_seconds: 3_600 };
const PASSWORD_POLICY = { min_length: 8, check_breaches: false, refused_words: [] };
const LIMITS_POLICY = {
  signin_per_minute: 10,
  pair_per_hour: 60,
  api_per_minute: 600,
  client_per_minute: 300,
  signin_free_failures: 2,
  signin_delay_max_seconds: 900,
};

it('every act of administration is recorded with who did it to whom, in which request (ASVS 16.3)', async () => {
  const auth = await startAuth();
  await auth.app.get(SessionValidator).ready();
  const admin = await signedIn(auth, ['user', 'admin']);
  const { user } = await aPerson(auth);
  const record = jest.spyOn(auth.app.get(AuditLog), 'record');
  const path = `/api/v1/admin/users/${user.id}`;
  const acts: readonly (readonly [string, string, object | undefined, string])[] = [
    ['GET', '/api/v1/admin/users', undefined, 'admin.read'],
    ['GET', path, undefined, 'admin.read'],
    ['GET', `${path}/sessions`, undefined, 'admin.read'],
    ['GET', '/api/v1/admin/sessions', undefined, 'admin.read'],
    ['POST', '/api/v1/admin/users', { email: 'audited@example.test' }, 'user.created'],
    ['PATCH', path, { roles: ['user', 'support'] }, 'roles.changed'],
    ['PATCH', path, { roles: ['user'] }, 'roles.changed'],
    ['POST', `${path}/impersonate`, { reason: 'Ticket 1' }, 'impersonation.started'],
    ['PATCH', path, { disabled: true }, 'user.disabled'],
    ['PATCH', path, { disabled: false }, 'user.enabled'],
    ['PATCH', path, { demand_password_reset: true }, 'user.reset_demanded'],
    ['PATCH', path, { unlock: true }, 'user.unlocked'],
    ['POST', '/api/v1/admin/roles', { name: 'audited', permissions: [] }, 'roles.changed'],
    ['DELETE', '/api/v1/admin/roles/audited', undefined, 'roles.changed'],
    ['POST', '/api/v1/admin/revocations', { scope: 'jti', value: 'x' }, 'revocation.ordered'],
    ['PUT', '/api/v1/admin/policies/session', { ...SESSION_POLICY, version: 0 }, 'policy.changed'],
    ['PUT', '/api/v1/admin/policies/password', { ...PASSWORD_POLICY, version: 0 }, 'policy.changed'],
    ['PUT', '/api/v1/admin/policies/rate-limits', { ...LIMITS_POLICY, version: 0 }, 'policy.changed'],
    ['POST', '/api/v1/admin/service-accounts', { name: 'Reports' }, 'service_account.created'],
    ['DELETE', path, undefined, 'account.erased'],
  ];
  for (const [n, [method, where, body, kind]] of acts.entries()) {
    record.mockClear();
    const headers = { 'x-request-id': `audited-${n}` };
    const answer = await auth.ask(method, where, { token: admin.token, headers, ...(body ? { body } : {}) });
    expect([where, answer.body.error?.code]).toEqual([where, undefined]);
    const requestId = answer.headers['x-request-id'];
    const event = record.mock.calls.map(([given]) => given).find((given) => given.kind === kind);
    expect(event).toMatchObject({ kind, actorId: admin.user.id, requestId, ipAddress: '127.0.0.1' });
    if (where.startsWith(path)) expect(event).toMatchObject({ userId: user.id });
    expect(JSON.stringify(event)).not.toContain('@example.test');
  }
  await auth.close();
});
