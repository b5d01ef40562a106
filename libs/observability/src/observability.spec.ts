import { createLogger, tokenFingerprint } from './logger.js';
import { Metrics } from './metrics.js';

function captured() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
}

describe('a log line', () => {
  it('is one JSON object with time, level, service and facts', () => {
    const { lines, destination } = captured();
    createLogger({ service: 'auth', destination }).info('session opened', { userId: 7 });
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', service: 'auth', msg: 'session opened', userId: 7 });
  });

  it.each(['password', 'refresh_token', 'access_token', 'authorization', 'cookie', 'secret', 'token'])(
    'does not show %s, however deep it lies',
    (name) => {
      const { lines, destination } = captured();
      const logger = createLogger({ service: 'auth', destination });
      logger.info('x', { [name]: 'hunter2' });
      logger.info('x', { body: { [name]: 'hunter2' } });
      logger.info('x', { request: { headers: { [name]: 'hunter2' } } });
      expect(lines.join('')).not.toContain('hunter2');
      expect(lines.join('').match(/\[redacted\]/g)).toHaveLength(3);
    },
  );

  it.each(['email', 'Set-Cookie', 'X-CSRF-Token', 'client_secret', 'idToken', 'newPassword'])(
    'nor %s, however it is spelled and whatever holds it',
    (name) => {
      const { lines, destination } = captured();
      class Holder {
        readonly [key: string]: string;
        constructor() {
          Object.assign(this, { [name]: 'hunter2' });
        }
      }
      const facts = { list: [{ far: { down: { below: new Holder() } } }], kept: 7 };
      createLogger({ service: 'auth', destination }).info('x', facts);
      expect(lines[0]).not.toContain('hunter2');
      expect(JSON.parse(lines[0]!)).toMatchObject({
        kept: 7,
        list: [{ far: { down: { below: { [name]: '[redacted]' } } } }],
      });
    },
  );

  it('ends where facts go round in a circle', () => {
    const { lines, destination } = captured();
    const circle: Record<string, unknown> = { password: 'hunter2' };
    circle['self'] = circle;
    createLogger({ service: 'auth', destination }).info('x', circle);
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toContain('hunter2');
  });

  it('names an error and its cause, but not what a driver hangs on it', () => {
    const { lines, destination } = captured();
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED', parameters: ['hunter2'] });
    createLogger({ service: 'auth', destination }).error('failed', { error: new Error('no database', { cause }) });
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0]!).error).toMatchObject({ message: 'no database', cause: { code: 'ECONNREFUSED' } });
  });
});

it('a token is named by eight digits that do not lead back to it', () => {
  expect(tokenFingerprint('abc')).toBe('ba7816bf');
});

describe('figures', () => {
  it('are told in the text format, each process on its own', async () => {
    const [one, two] = [new Metrics('one'), new Metrics('two', { processFigures: false })];
    one.counter({ name: 'signins_total', help: 'Sign-ins', labels: ['result'] }).inc({ result: 'ok' });
    expect(await one.text()).toContain('signins_total{result="ok",service="one"} 1');
    expect(await two.text()).not.toContain('signins_total');
  });

  it('leave out a gauge that cannot be read', async () => {
    const metrics = new Metrics('x', { processFigures: false });
    metrics.gauge({ name: 'good', help: 'g' }, () => 3);
    metrics.gauge({ name: 'bad', help: 'b' }, () => Promise.reject(new Error('away')));
    const text = await metrics.text();
    expect(text).toContain('good{service="x"} 3');
    expect(text).not.toMatch(/^bad\b/m);
  });

  it('tell the same of each of several things, of those that are there just now, and of none while that cannot be read', async () => {
    const metrics = new Metrics('x', { processFigures: false });
    let read: () => ReadonlyMap<string, number> = () =>
      new Map([
        ['one', 3],
        ['two', 0],
      ]);
    metrics.gaugeOfEach({ name: 'waits', help: 'w', label: 'queue' }, () => read());
    const told = async () => [...(await metrics.text()).matchAll(/^waits\{.*$/gm)].map(([line]) => line);
    expect(await told()).toEqual(['waits{queue="one",service="x"} 3', 'waits{queue="two",service="x"} 0']);
    read = () => new Map([['two', 4]]);
    expect(await told()).toEqual(['waits{queue="two",service="x"} 4']);
    read = () => {
      throw new Error('away');
    };
    expect(await told()).toEqual([]);
    expect(await metrics.text()).not.toMatch(/^waits\b/m);
  });
});
