import { join } from 'node:path';
import { testFolder } from '@gatehouse/testing';
import type { DataSource, FindOptionsWhere } from 'typeorm';
import { aPersonOf, PASSWORD, type Person } from '../../test/admin-of.js';
import { opener } from '../../test/databases.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import type { AuditEventRow } from './adapters/audit-event.entity.js';
import { AuditLog } from './audit-log.port.js';
import { AuditTrail } from './audit-trail.port.js';

const PATH = '/api/v1/admin/audit';

describe('the audit log over HTTP', () => {
  const folder = testFolder('audit-flow');
  let auth: RunningAuth;
  let admin: Person;
  let person: Person;
  let dataSource: DataSource;
  let close: () => Promise<void>;
  const ask = (path: string, { token } = admin) => auth.ask('GET', path, { token });
  /** What is in the table at this moment, nothing flushed. */
  const written = (where: FindOptionsWhere<AuditEventRow>) =>
    dataSource.getRepository<AuditEventRow>('AuditEvent').findBy(where);
  const recorded = async (where: FindOptionsWhere<AuditEventRow>) => {
    await auth.app.get(AuditLog).flush();
    return written(where);
  };

  beforeAll(async () => {
    auth = await startAuth({ DATA_DIR: folder });
    admin = await aPersonOf(auth, ['admin', 'user']);
    person = await aPersonOf(auth);
    const database = await (await opener(`sqlite:${join(folder, 'auth.sqlite')}`))();
    dataSource = database.dataSource;
    close = () => database.close();
  });
  afterAll(async () => {
    await close();
    await auth.close();
  });

  describe('for administrators', () => {
    it('shows who did what, page by page, newest first', async () => {
      await auth.app.get(AuditLog).flush();
      const kinds: string[] = [];
      let cursor = '';
      do {
        const { status, body } = await ask(`${PATH}?user_id=${person.id}&limit=1${cursor}`);
        expect(status).toBe(200);
        expect(body.data.events).toHaveLength(1);
        kinds.push(body.data.events[0].kind);
        cursor = body.data.next_cursor === null ? '' : `&cursor=${body.data.next_cursor}`;
      } while (cursor !== '');
      expect(kinds.at(-1)).toBe('signup.succeeded');
      expect(kinds).toContain('signin.succeeded');
    });

    it('finds by kind, by time and by who did it', async () => {
      await auth.app.get(AuditLog).flush();
      const signIns = await ask(`${PATH}?kind=signin.succeeded,signin.failed&user_id=${person.id}`);
      expect(signIns.body.data).toMatchObject({
        events: [
          {
            kind: 'signin.succeeded',
            user_id: person.id,
            session_id: person.sessionId,
            ip_address: '127.0.0.1',
            request_id: expect.any(String),
            event_id: expect.any(String),
            seq: expect.any(Number),
          },
        ],
        next_cursor: null,
      });
      expect((await ask(`${PATH}?until=2020-01-01`)).body.data.events).toEqual([]);
      const today = new Date().toISOString().slice(0, 10);
      expect((await ask(`${PATH}?from=${today}&kind=signup.succeeded`)).body.data.events).toHaveLength(2);
    });

    it('writes down who read it, and about whom', async () => {
      const { headers } = await ask(`${PATH}?user_id=${person.id}`);
      expect(await recorded({ requestId: headers['x-request-id']! })).toMatchObject([
        { kind: 'admin.read', userId: person.id, actorId: admin.id, details: '{"what":"audit"}' },
      ]);
    });

    it.each([
      'user_id=0',
      'user_id=1e3',
      'user_id=1;DROP TABLE users',
      'user_id=1&user_id=2',
      'actor_id=-1',
      `client_id=${'x'.repeat(129)}`,
      'kind=nothing',
      'kind=',
      `kind=${Array(11).fill('signout').join()}`,
      'from=yesterday',
      'from=2026-02-31T25:00:00Z',
      'until=2026-W01',
      'limit=0',
      'limit=201',
      'limit=1e2',
      'cursor=zzz',
      'cursor=',
      'order=asc',
    ])('refuses ?%s as a client’s mistake', async (query) => {
      const { status, body } = await ask(`${PATH}?${query}`);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    });

    it.each([PATH, `${PATH}/verify`])('GET %s is closed to all others', async (path) => {
      const refused = await ask(path, person);
      expect([refused.status, refused.body.error.code]).toEqual([403, 'FORBIDDEN']);
      expect((await auth.ask('GET', path)).body.error.code).toBe('TOKEN_MISSING');
    });
  });

  describe('verification', () => {
    it('finds the log as it was written, and tells its end', async () => {
      await auth.app.get(AuditLog).flush();
      const { status, body } = await ask(`${PATH}/verify`);
      expect(status).toBe(200);
      expect(body.data).toMatchObject({
        intact: true,
        complete: true,
        next_seq: null,
        fault: null,
        flaws: [],
        unlinked: 0,
      });
      const { seq, hash } = body.data.head;
      expect((await ask(`${PATH}/verify?checkpoint=${seq}:${hash}`)).body.data.intact).toBe(true);
      const other = await ask(`${PATH}/verify?checkpoint=${seq}:${'a'.repeat(64)}`);
      expect(other.body.data).toMatchObject({ intact: false, fault: { seq, what: 'rewritten' } });
    });

    it.each(['from_seq=0', 'from_seq=x', 'checkpoint=1', `checkpoint=1:${'A'.repeat(64)}`, 'x=1'])(
      'refuses ?%s as a client’s mistake',
      async (query) => {
        const { status, body } = await ask(`${PATH}/verify?${query}`);
        expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
      },
    );

    it('names the event that somebody changed in the database', async () => {
      const [event] = await recorded({ kind: 'signup.succeeded', userId: person.id });
      await dataSource.query('UPDATE audit_events SET user_id = ? WHERE seq = ?', [admin.id, event!.seq]);
      expect((await ask(`${PATH}/verify`)).body.data).toMatchObject({
        intact: false,
        fault: { seq: event!.seq, what: 'changed', explanation: expect.any(String) },
      });
      await dataSource.query('UPDATE audit_events SET user_id = ? WHERE seq = ?', [person.id, event!.seq]);
      expect((await ask(`${PATH}/verify`)).body.data.intact).toBe(true);
    });
  });

  describe('refused authorisation is in the log, whoever refused it (R15)', () => {
    const details = (code: string, method: string, route: string) => JSON.stringify({ code, method, route });

    it('a role that was lacking', async () => {
      const { headers } = await ask(PATH, person);
      expect(await recorded({ requestId: headers['x-request-id']! })).toMatchObject([
        {
          kind: 'access.denied',
          userId: person.id,
          sessionId: person.sessionId,
          ipAddress: '127.0.0.1',
          details: details('FORBIDDEN', 'GET', PATH),
        },
      ]);
    });

    it('a session of somebody else', async () => {
      const path = `/api/v1/sessions/${admin.sessionId}`;
      const { headers, status } = await auth.ask('DELETE', path, { token: person.token });
      expect(status).toBe(404);
      expect(await recorded({ requestId: headers['x-request-id']! })).toMatchObject([
        {
          kind: 'access.denied',
          userId: person.id,
          details: details('SESSION_NOT_FOUND', 'DELETE', '/api/v1/sessions/:sessionId'),
        },
      ]);
    });

    it('a session of somebody else, named in a header', async () => {
      const headers = { 'x-session-id': admin.sessionId };
      const answer = await auth.ask('GET', '/api/v1/sessions', { token: person.token, headers });
      expect(await recorded({ requestId: answer.headers['x-request-id']! })).toMatchObject([
        { kind: 'access.denied', userId: person.id, details: details('SESSION_NOT_OWNED', 'GET', '/api/v1/sessions') },
      ]);
    });

    it('a token that nobody issued', async () => {
      const { headers } = await ask('/api/v1/sessions', { ...person, token: `${person.token.slice(0, -6)}AAAAAA` });
      expect(await recorded({ requestId: headers['x-request-id']! })).toMatchObject([
        { kind: 'access.denied', userId: null, details: details('TOKEN_INVALID', 'GET', '/api/v1/sessions') },
      ]);
    });

    it('but not a request without a token, nor one for nothing at all', async () => {
      const answers = [await auth.ask('GET', '/api/v1/sessions'), await auth.ask('GET', '/nothing/here')];
      for (const { headers } of answers) expect(await recorded({ requestId: headers['x-request-id']! })).toEqual([]);
    });
  });

  it('has written a change of password when the answer comes, and a sign-in soon', async () => {
    const { token } = await aPersonOf(auth);
    const body = { current: PASSWORD, new: 'another horse battery' };
    const { status, headers } = await auth.ask('POST', '/api/v1/auth/password/change', { token, body });
    expect(status).toBe(200);
    expect(await written({ kind: 'password.changed', requestId: headers['x-request-id']! })).toHaveLength(1);
  });

  it('keeps hostile text in one record and one line (C27)', async () => {
    const hostile = 'x\r\n{"level":"info","msg":"forged"}\u202e\u2028\u0000';
    const answer = await auth.ask('POST', '/api/v1/auth/signin', {
      body: { email: `${hostile}@example.test`, password: hostile, device_name: 'desk' },
      headers: { 'user-agent': 'agent\tx', 'x-request-id': 'forged{"a":1}' },
    });
    const failed = await auth.ask('POST', '/api/v1/auth/signin', {
      body: { email: 'nobody@example.test', password: hostile },
      headers: { 'user-agent': hostile, 'x-request-id': `good-id\r\nforged` },
    });
    for (const { status, headers } of [answer, failed]) {
      expect(status).toBeLessThan(500);
      expect(headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{8,128}$/);
    }
    const events = await recorded({ requestId: failed.headers['x-request-id']! });
    expect(events).toMatchObject([{ kind: 'signin.failed', details: '{"reason":"unknown_email"}' }]);
    const lines = auth.log().trimEnd().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).not.toContain('forged');
    const all = JSON.stringify(await dataSource.query('SELECT * FROM audit_events'));
    expect(all).not.toMatch(/\\r|\\n|\\u0000|\u202e|\u2028/);
  });

  it('holds no address, password or token of anybody (I13)', async () => {
    await auth.app.get(AuditLog).flush();
    const all = JSON.stringify(await dataSource.query('SELECT * FROM audit_events'));
    for (const secret of [person.email, admin.email, PASSWORD, person.token, 'example.test'])
      expect(all).not.toContain(secret);
  });

  it('tells how many events were written and where the chain ends', async () => {
    await auth.app.get(AuditLog).flush();
    const { text } = await auth.ask('GET', '/metrics');
    const [{ newest }] = (await dataSource.query('SELECT MAX(seq) AS newest FROM audit_events')) as [
      { newest: number },
    ];
    expect(text).toMatch(/^auth_audit_events_total\{result="written",.*\} [1-9]\d*$/m);
    expect(text).toMatch(new RegExp(`^auth_audit_head_seq\\{.*\\} ${newest}$`, 'm'));
    expect(text).toMatch(/^auth_audit_waiting\{.*\} 0$/m);
  });
});

describe('the audit log', () => {
  it('is told in the log of the service as well, without addresses and without what strangers cause at will', async () => {
    const auth = await startAuth();
    const someone = await aPersonOf(auth);
    await auth.ask('GET', PATH, { token: someone.token });
    await auth.ask('DELETE', '/api/v1/sessions', { token: someone.token });
    await auth.ask('POST', '/api/v1/auth/signout', { token: someone.token, body: {} });
    await auth.app.get(AuditLog).flush();
    interface Line {
      readonly msg: string;
      readonly kind: string;
      readonly userId: number;
      readonly sessionId?: string;
    }
    const lines = auth.log().trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'audit event');
    const theirs = events.filter(({ userId }) => userId === someone.id);
    expect(theirs.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['signup.succeeded', 'signin.succeeded', 'signout']),
    );
    expect(theirs.find(({ kind }) => kind === 'signout')).toMatchObject({
      sessionId: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      requestId: expect.any(String) as string,
    });
    const { entries } = await auth.app.get(AuditTrail).page({ userId: someone.id, kinds: ['access.denied'], limit: 9 });
    expect(entries.length).toBeGreaterThan(0);
    expect(events.map(({ kind }) => kind)).not.toContain('access.denied');
    expect(JSON.stringify(events)).not.toMatch(/@|127\.0\.0\.1/);
    await auth.close();
  });
});
