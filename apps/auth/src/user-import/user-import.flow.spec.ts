import { randomHex, randomUuid } from '@gatehouse/kernel';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { canonicalEmail } from '../users/email-address.js';
import { UserRepository } from '../users/user-repository.port.js';

const PASSWORD = 'correct horse battery';
const PATH = '/api/v1/admin/users/import';
const anEmail = (name = 'person') => `${name}-${randomHex(6)}@example.test`;
const ndjson = (...lines: readonly (object | string)[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

describe('importing users', () => {
  let auth: RunningAuth;
  let users: UserRepository;
  let token: string;
  let adminId: number;
  let bcrypt: string;

  async function signUp(roles: readonly string[], email = anEmail()): Promise<{ id: number; token: string }> {
    await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: PASSWORD } });
    const { id } = (await users.findByEmail(canonicalEmail(email)))!;
    await users.change(id, { roles });
    const { body } = await signIn(email);
    return { id, token: body.data.access_token };
  }
  const signIn = (email: string, password = PASSWORD) =>
    auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } });
  const send = (body: string, query = '', as = token) =>
    auth.ask('POST', PATH + query, { token: as, body, headers: { 'content-type': 'application/x-ndjson' } });
  const find = (email: string) => users.findByEmail(canonicalEmail(email));

  beforeAll(async () => {
    auth = await startAuth();
    users = auth.app.get(UserRepository);
    ({ id: adminId, token } = await signUp(['admin', 'user']));
    bcrypt = await bcryptHash(PASSWORD, 4);
  });
  afterAll(() => auth.close());

  it('lets people sign in with the password they had, and keeps it as our own hash from then on', async () => {
    const email = anEmail('Ada');
    const { status, body } = await send(
      ndjson({
        email,
        name: 'Ada',
        roles: ['user'],
        email_verified: true,
        password_hash: bcrypt,
        created_at: '2019-05-04T03:02:01Z',
      }),
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: {
        import_id: expect.any(String),
        dry_run: false,
        created: 1,
        updated: 0,
        skipped: 0,
        failed: 0,
        failures: [],
      },
    });
    expect(await find(email)).toMatchObject({
      email,
      name: 'Ada',
      roles: ['user'],
      mustResetPassword: false,
      createdAtMs: Date.parse('2019-05-04T03:02:01Z'),
      emailVerifiedAtMs: expect.any(Number),
    });
    expect((await signIn(email, 'not this one')).status).toBe(401);
    expect((await find(email))?.passwordHash).toBe(`imported:${bcrypt}`);
    expect((await signIn(email)).status).toBe(200);
    expect((await find(email))?.passwordHash).toMatch(/^\$argon2id\$/);
    expect((await signIn(email)).status).toBe(200);
  });

  it('tells of each line that cannot be taken by its number, and takes the others', async () => {
    const good = [anEmail(), anEmail()];
    const { body } = await send(
      ndjson(
        { email: good[0] },
        '{"email":',
        '[]',
        'null',
        { email: anEmail(), password: PASSWORD },
        '{"email":"x@example.test","__proto__":{"roles":["admin"]}}',
        { email: 'no address' },
        { email: [anEmail()] },
        { name: 'nobody' },
        { email: anEmail(), password_hash: 'd41d8cd98f00b204e9800998ecf8427e' },
        { email: anEmail(), password_hash: `$2b$31$${'a'.repeat(53)}` },
        { email: anEmail(), roles: ['owner'] },
        { email: anEmail(), roles: 'admin' },
        { email: anEmail(), created_at: '2999-01-01T00:00:00Z' },
        { email: anEmail(), email_verified: 'yes' },
        { email: anEmail(), name: 'x'.repeat(9_000) },
        '',
        { email: good[1], roles: ['admin'] },
        `{"email":"deep@example.test","roles":${'['.repeat(4_000)}${']'.repeat(4_000)}}`,
        `{"email":${'{"a":'.repeat(1_300)}1${'}'.repeat(1_300)}}`,
        { email: anEmail(), erase_at: 'tomorrow' },
        { email: anEmail(), disabled: 'yes' },
      ),
      '?first_line=101',
    );
    expect(body.data).toMatchObject({ created: 2, updated: 0, skipped: 0, failed: 19 });
    expect(body.data.failures).toEqual([
      { line: 102, code: 'NOT_JSON' },
      { line: 103, code: 'NOT_JSON' },
      { line: 104, code: 'NOT_JSON' },
      { line: 105, code: 'UNKNOWN_MEMBER' },
      { line: 106, code: 'UNKNOWN_MEMBER' },
      { line: 107, code: 'INVALID', field: 'email' },
      { line: 108, code: 'INVALID', field: 'email' },
      { line: 109, code: 'INVALID', field: 'email' },
      { line: 110, code: 'HASH_UNKNOWN', field: 'password_hash' },
      { line: 111, code: 'HASH_TOO_COSTLY', field: 'password_hash' },
      { line: 112, code: 'ROLE_NOT_YOURS', field: 'roles' },
      { line: 113, code: 'INVALID', field: 'roles' },
      { line: 114, code: 'INVALID', field: 'created_at' },
      { line: 115, code: 'INVALID', field: 'email_verified' },
      { line: 116, code: 'LINE_TOO_LONG' },
      { line: 119, code: 'INVALID', field: 'roles' },
      { line: 120, code: 'INVALID', field: 'email' },
      { line: 121, code: 'INVALID', field: 'erase_at' },
      { line: 122, code: 'INVALID', field: 'disabled' },
    ]);
    for (const email of good) expect(await find(email)).toBeDefined();
    expect(({} as Record<string, unknown>)['roles']).toBeUndefined();
  });

  it('gives nobody a role that whoever imports does not have', async () => {
    const email = anEmail();
    const { body } = await send(ndjson({ email, roles: ['admin', 'support'] }));
    expect(body.data.failures).toEqual([{ line: 1, code: 'ROLE_NOT_YOURS', field: 'roles' }]);
    expect(await find(email)).toBeUndefined();
  });

  it('lets nobody sign in who came without a password', async () => {
    const email = anEmail();
    await send(ndjson({ email }));
    expect(await find(email)).toMatchObject({ mustResetPassword: true });
    for (const password of [PASSWORD, 'x', 'imported:']) expect((await signIn(email, password)).status).toBe(401);
  });

  it('changes nothing when it is sent again, and takes an address once however it is spelled', async () => {
    const email = anEmail('Zoé');
    const lines = ndjson({ email, password_hash: bcrypt }, { email: email.toUpperCase(), name: 'Other' });
    expect((await send(lines)).body.data).toMatchObject({ created: 1, skipped: 1 });
    const before = await find(email);
    expect((await send(lines)).body.data).toMatchObject({ created: 0, skipped: 2 });
    expect(await find(email)).toEqual(before);
  });

  it('changes what is known when asked to, but never roles nor a password somebody has used', async () => {
    const email = anEmail();
    const other = await bcryptHash('another long password', 4);
    await send(ndjson({ email, password_hash: bcrypt }));
    const line = { email, name: 'Ada', roles: ['admin'], email_verified: true, password_hash: other };
    expect((await send(ndjson(line), '?on_conflict=update')).body.data).toMatchObject({ updated: 1 });
    expect(await find(email)).toMatchObject({ name: 'Ada', roles: ['user'], passwordHash: `imported:${other}` });
    expect((await send(ndjson(line), '?on_conflict=update')).body.data).toMatchObject({ updated: 0, skipped: 1 });
    expect((await signIn(email, 'another long password')).status).toBe(200);
    await send(ndjson({ email, password_hash: bcrypt, must_reset_password: true }), '?on_conflict=update');
    expect((await signIn(email)).status).toBe(401);
    expect((await signIn(email, 'another long password')).status).toBe(200);
  });

  it('lets nobody lay hands on whoever has a role they have not', async () => {
    const email = anEmail();
    await send(ndjson({ email, password_hash: bcrypt }));
    const { id } = (await find(email))!;
    await users.change(id, { roles: ['auditor'] });
    const other = await bcryptHash('a way in', 4);
    const { body } = await send(ndjson({ email, password_hash: other }), '?on_conflict=update');
    expect(body.data.failures).toEqual([{ line: 1, code: 'ROLE_NOT_YOURS' }]);
    expect((await find(email))?.passwordHash).toBe(`imported:${bcrypt}`);
  });

  it('says what would happen in a dry run, and does nothing', async () => {
    const [email, known] = [anEmail(), anEmail()];
    await send(ndjson({ email: known }));
    const lines = ndjson({ email }, { email: known, name: 'Ada' }, '{');
    const { body } = await send(lines, '?dry_run=true&on_conflict=update');
    expect(body.data).toMatchObject({ dry_run: true, created: 1, updated: 1, failed: 1 });
    expect(await find(email)).toBeUndefined();
    expect(await find(known)).toMatchObject({ name: null });
  });

  it('adds up the parts of one import, and shows how far it is', async () => {
    const importId = randomUuid();
    await send(ndjson({ email: anEmail() }, { email: anEmail() }), `?import_id=${importId}`);
    await send(ndjson({ email: anEmail() }, '{'), `?import_id=${importId}&first_line=3`);
    const { status, body } = await auth.ask('GET', `${PATH}/${importId}`, { token });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      import_id: importId,
      dry_run: false,
      started_by: adminId,
      started_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      created: 3,
      updated: 0,
      skipped: 0,
      failed: 1,
    });
    expect((await send(ndjson({ email: anEmail() }), `?import_id=${importId}&dry_run=true`)).status).toBe(404);
    const colleague = await signUp(['admin', 'user']);
    expect((await send(ndjson({ email: anEmail() }), `?import_id=${importId}`, colleague.token)).status).toBe(404);
    for (const id of [randomUuid(), 'x', '%00']) {
      expect((await auth.ask('GET', `${PATH}/${id}`, { token })).status).toBe(404);
    }
  });

  it('is for administrators only', async () => {
    const { token: plain } = await signUp(['user']);
    const lines = ndjson({ email: anEmail() });
    expect((await send(lines, '', plain)).status).toBe(403);
    expect((await auth.ask('GET', `${PATH}/${randomUuid()}`, { token: plain })).status).toBe(403);
    const nobody = await auth.ask('POST', PATH, { body: lines, headers: { 'content-type': 'application/x-ndjson' } });
    expect(nobody.status).toBe(401);
  });

  it.each([
    ['application/json', {}],
    ['text/plain', {}],
    ['application/x-ndjson', { 'content-encoding': 'gzip' }],
  ])('takes lines as such only, not %s %j', async (type, headers) => {
    const answer = await auth.ask('POST', PATH, { token, body: '{}', headers: { 'content-type': type, ...headers } });
    expect([answer.status, answer.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('leaves every other route without lines', async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await auth.ask('POST', '/api/v1/auth/signin', { body: '{}', headers });
    expect(answer.status).toBe(415);
  });

  it.each([
    '?on_conflict=replace',
    '?dry_run=1',
    '?first_line=0',
    '?first_line=1&first_line=2',
    '?import_id=x',
    '?x=1',
  ])('refuses the query %s', async (query) => {
    expect((await send(ndjson({ email: anEmail() }), query)).status).toBe(400);
  });

  it('takes no more lines or bytes than one request may bring', async () => {
    const many = await send('{\n'.repeat(10_001), '?dry_run=true');
    expect([many.status, many.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(many.body.error.details).toEqual({ max_lines: 10_000, max_bytes: 16_777_216 });
    expect((await send('{\n'.repeat(10_000), '?dry_run=true')).body.data).toMatchObject({ failed: 10_000 });
    expect((await send(`${'x'.repeat(8_000)}\n`.repeat(2_200), '?dry_run=true')).status).toBe(413);
  });

  it('leaves an audit event of who imported how many, and no address or hash anywhere', async () => {
    const audit = jest.spyOn(auth.app.get(AuditLog), 'record');
    const email = anEmail('secret');
    await send(ndjson({ email, password_hash: bcrypt }));
    expect(audit).toHaveBeenCalledWith(
      expect.objectContaining({
        kind: 'user.imported',
        actorId: adminId,
        requestId: expect.any(String),
        details: expect.objectContaining({ created: 1, failed: 0, dry_run: false }),
      }),
    );
    const told = JSON.stringify(audit.mock.calls) + auth.log();
    expect(told).not.toContain(email);
    expect(told).not.toContain(bcrypt);
    audit.mockRestore();
  });
});
