import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { type Place, Roster } from './roster.js';

describe('a roster', () => {
  it('knows who is here, in whatever order they come and go', () => {
    const roster = new Roster<string>();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => roster.enter(name)) as [
      Place<string>,
      Place<string>,
      Place<string>,
    ];
    expect([...roster].sort()).toEqual(['a', 'b', 'c']);
    roster.leave(a);
    expect([...roster].sort()).toEqual(['b', 'c']);
    roster.leave(c);
    const d = roster.enter('d');
    roster.leave(b);
    expect([roster.size, ...roster]).toEqual([1, 'd']);
    roster.leave(d);
    expect([roster.size, ...roster]).toEqual([0]);
  });

  it('keeps whoever came after somebody who leaves twice', () => {
    const roster = new Roster<string>();
    const a = roster.enter('a');
    roster.leave(a);
    roster.enter('b');
    roster.leave(a);
    expect([...roster]).toEqual(['b']);
  });

  it('holds one member as often as it has entered', () => {
    const roster = new Roster<string>();
    const once = roster.enter('a');
    roster.enter('a');
    roster.leave(once);
    expect([...roster]).toEqual(['a']);
  });

  it('lets everybody leave while they are told, and is empty when it has been cleared', () => {
    const roster = new Roster<{ place?: Place<unknown> }>();
    for (let n = 0; n < 10; n++) {
      const member: { place?: Place<unknown> } = {};
      member.place = roster.enter(member);
    }
    let told = 0;
    for (const { place } of roster) {
      told += 1;
      roster.leave(place as Place<{ place?: Place<unknown> }>);
    }
    expect([told, roster.size]).toEqual([10, 0]);
    const again = roster.enter({});
    roster.clear();
    roster.enter({});
    roster.leave(again);
    expect(roster.size).toBe(1);
  });

  it('keeps nobody who has left from a small collection, as a Set does', () => {
    const { code } = transformSync(readFileSync(join(__dirname, 'roster.ts'), 'utf8'), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
      swcrc: false,
    });
    const kept = (kind: 'roster' | 'set') => {
      const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', CROWD, kind], {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', ROSTER: code },
      });
      expect(stderr).toBe('');
      return Number(stdout);
    };
    const [inRoster, inSet] = [kept('roster'), kept('set')];
    // Megabytes of a hundred; a Set is seen to hold a dozen and more.
    expect(inRoster).toBeLessThan(3);
    expect(inSet).toBeGreaterThan(inRoster);
  });
});

/** 64 at a time, of a kilobyte each, 100,000 in all, with small collections in between. Prints how many megabytes are held in the end. */
const CROWD = `
const exports = {};
const module = { exports };
eval(process.env.ROSTER);
const { Roster } = module.exports;
const set = { all: new Set(), enter(one) { this.all.add(one); return one; }, leave(one) { this.all.delete(one); } };
const crowd = process.argv[1] === 'set' ? set : new Roster();
const here = new Array(64).fill(undefined);
gc();
const before = process.memoryUsage().heapUsed;
for (let n = 0; n < 100_000; n++) {
  const last = here[n % 64];
  if (last) crowd.leave(last);
  here[n % 64] = crowd.enter({ payload: new Array(128).fill(n) });
  if (n % 1000 === 0) gc({ type: 'minor' });
}
gc({ type: 'minor' });
console.log((process.memoryUsage().heapUsed - before) / 1e6);
`;
