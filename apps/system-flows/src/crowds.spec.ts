import { Device, somebody } from './harness/device.js';
import { codeOf, dataOf } from './harness/http.js';
import { itLogsNoSecret, System } from './harness/system.js';

const CROWD = 100;
const LIMIT = 5;

let system: System;
beforeAll(async () => (system = await System.start()), 120_000);
afterAll(() => system.stop());

interface Listed {
  readonly id: string;
  readonly created_at: string;
}

describe('a hundred at once', () => {
  it('sign-ins of one person leave exactly the five newest sessions, everywhere (A15, I5)', async () => {
    const person = await system.member();
    const devices = await Promise.all(
      Array.from({ length: CROWD }, async () => {
        const device = new Device(system.auth, system.vault);
        const { session } = device.keep(await system.signIn(person)) as unknown as { session: Listed };
        return { device, createdAt: session.created_at };
      }),
    );

    // Who is in according to each service, asked of all hundred tokens.
    const letIn = async (service: (typeof system.orders)[number]) => {
      const answers = await Promise.all(devices.map(({ device }) => device.use(service)));
      for (const answer of answers) expect([200, 401]).toContain(answer.status);
      for (const answer of answers) if (answer.status === 401) expect(codeOf(answer)).toBe('SESSION_REVOKED');
      return devices.filter((_, index) => answers[index]!.status === 200);
    };
    const [first, second] = await Promise.all(system.orders.map(letIn));
    expect(first).toHaveLength(LIMIT);
    expect(second).toEqual(first);

    const { sessions, count } = dataOf<{ sessions: Listed[]; count: number }>(await first![0]!.device.listSessions());
    expect(count).toBe(LIMIT);
    expect(new Set(sessions.map(({ id }) => id))).toEqual(new Set(first!.map(({ device }) => device.sessionId)));

    const oldestKept = Math.min(...first!.map(({ createdAt }) => Date.parse(createdAt)));
    const ended = devices.filter((entry) => !first!.includes(entry));
    for (const { createdAt } of ended) expect(Date.parse(createdAt)).toBeLessThanOrEqual(oldestKept);

    // The ended ones cannot come back either.
    for (const { device } of ended.slice(0, 10)) expect((await device.refresh()).status).toBe(401);
    for (const { device } of first!) expect((await device.refresh()).status).toBe(200);
  }, 120_000);

  it('sign-ups of one address, in every spelling of it, make one user (A15, C17, I7)', async () => {
    const { email, password } = somebody();
    const [local = '', domain = ''] = email.split('@');
    const fullwidth = (text: string) => text.replace(/[a-z]/g, (c) => String.fromCodePoint(c.charCodeAt(0) + 0xfee0));
    const spellings = [
      email,
      email.toUpperCase(),
      `${local.toUpperCase()}@${domain}`,
      `${local}@${domain.toUpperCase()}`,
      `${fullwidth(local.slice(0, 1))}${local.slice(1)}@${domain}`,
      `${fullwidth(local.slice(0, 1)).toUpperCase()}${local.slice(1)}@${domain}`,
    ];
    const answers = await Promise.all(
      Array.from({ length: CROWD }, (_, i) => system.signUp({ email: spellings[i % spellings.length]!, password })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect([answer.status, codeOf(answer)]).toEqual([409, 'EMAIL_TAKEN']);
    }
    const { user } = dataOf<{ user: { id: number } }>(made[0]!);
    for (const spelling of spellings) {
      const signedIn = await system.signIn({ email: spelling, password });
      expect(dataOf<{ user: { id: number } }>(signedIn).user.id).toBe(user.id);
    }
  }, 120_000);
});

itLogsNoSecret(() => system);
