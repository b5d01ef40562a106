// The writer's side of the feed, and the script of what happens to one validator.
import { NOW } from '../claims.mjs';

/** Longest token, most tolerance, and a minute: how long an entry of now is kept. */
export const UNTIL_MS = (NOW + 900 + 60 + 60) * 1000;

/** An entry; `changes` say in what it differs from the end of a session. */
export function entry(scope, value, changes = {}) {
  return {
    id: `${scope}:${value}`.slice(0, 40),
    scope,
    value,
    cutoff: 0,
    untilMs: UNTIL_MS,
    reason: 'admin',
    ...changes,
  };
}

/** One life of the log: makes records that name the one before them, at the time of the script they are made in. */
export class Writer {
  /** @param skewMs - how far this writer's clock is ahead of the script's */
  constructor(script, epoch = 'epoch-1', skewMs = 0) {
    Object.assign(this, { script, epoch, skewMs, previous: '0-0', lastMs: 0 });
  }

  /** @param content - an entry, or `undefined` for a heartbeat */
  record(content) {
    this.lastMs = Math.max(this.lastMs + 1, this.script.nowMs + this.skewMs);
    const position = `${this.lastMs}-0`;
    const record = { position, previous: this.previous, epoch: this.epoch, ...(content ? { entry: content } : {}) };
    this.previous = position;
    return record;
  }

  beat() {
    return this.record();
  }

  /** Begins behind the records of another life, in the same log. */
  behind({ position }) {
    this.previous = position;
    this.lastMs = Number(position.split('-')[0]);
    return this;
  }

  /** Goes on after an earlier record, as a replica does that became master without the last writes. */
  fallBackTo(record) {
    this.previous = record.position;
    return this;
  }
}

/** A record as the stream holds it. `fields` replaces fields, for records nobody can read. */
export function stored({ position, previous, epoch, entry: content }, fields = {}) {
  const all = { v: '1', epoch, prev: previous, ...(content ? { entry: JSON.stringify(content) } : {}), ...fields };
  return { id: position, fields: all };
}

/** A record as the channel and the event stream carry it. */
export function noticeText({ position, previous, epoch, entry: content }) {
  return JSON.stringify({ v: 1, position, previous, epoch, ...(content ? { entry: content } : {}) });
}

/** Steps in their order; `expect` follows from nothing, it is written down by hand. */
export class Transcript {
  steps = [];
  /** The true time, as the writer knows it. */
  nowMs = NOW * 1000;

  constructor(id, rows, title) {
    Object.assign(this, { id, rows, title });
  }

  /** Into the log, without a word. */
  append(...records) {
    return this.step({
      do: 'append',
      records: records.map((record) => ('fields' in record ? record : stored(record))),
    });
  }

  /** The announcement, as text or of a record. */
  notice(what) {
    return this.step({ do: 'notice', text: typeof what === 'string' ? what : noticeText(what) });
  }

  /** Into the log, and announced. */
  told(...records) {
    for (const record of records) this.append(record).notice(record);
    return this;
  }

  /** The validator starts, and reads the log. */
  start() {
    return this.step({ do: 'start' });
  }

  /** It reads the log although nothing asked for it. */
  read() {
    return this.step({ do: 'read' });
  }

  /** From here on the log cannot be read. */
  cut() {
    return this.step({ do: 'cut' });
  }

  /** It can again, and is read. */
  heal() {
    return this.step({ do: 'heal' });
  }

  /** Drops all but the newest `keep` records. */
  trim(keep) {
    return this.step({ do: 'trim', keep });
  }

  /** Drops the newest `count` records, as a failover does that loses the last writes. */
  rollBack(count) {
    return this.step({ do: 'roll_back', count });
  }

  wait(ms) {
    this.nowMs += ms;
    return this.step({ do: 'wait', ms });
  }

  /** Sets the wall clock without time passing. */
  setClock(ms) {
    return this.step({ do: 'set_clock', ms });
  }

  /**
   * @param state - `complete`; `at`, the record whose place the validator holds; `age`, in ms: the least and the most it
   *   may be, `null` when there is no bound. A number stands for both.
   * @param replica - entries it must hold
   * @param verdicts - `[token, 'accepted' | reason, freshness?]`
   */
  expect({ complete = true, age = null, at = null }, replica, verdicts) {
    const [least, most] = Array.isArray(age) ? age : [age, age];
    return this.step({
      do: 'expect',
      complete,
      age_ms: { least, most },
      epoch: at?.epoch ?? null,
      position: at?.position ?? null,
      replica: replica.map(({ scope, value, cutoff, untilMs, optional }) => ({
        scope,
        value,
        cutoff,
        until_ms: untilMs,
        ...(optional ? { optional } : {}),
      })),
      verdicts: verdicts.map(([token, outcome, freshness]) => ({
        token,
        ...(freshness ? { freshness } : {}),
        expected: outcome === 'accepted' ? { verdict: outcome } : { verdict: 'refused', reason: outcome },
      })),
    });
  }

  toJSON() {
    const { id, rows, title, steps } = this;
    return { id, rows, title, steps };
  }

  step(step) {
    this.steps.push(step);
    return this;
  }
}

/** A script and its writer. */
export function script(id, rows, title) {
  const transcript = new Transcript(id, rows, title);
  return { script: transcript, writer: new Writer(transcript) };
}

/** The same for a validator that has read a log of one heartbeat, and heard another since. */
export function following(id, rows, title, skewMs = 0) {
  const transcript = new Transcript(id, rows, title);
  const writer = new Writer(transcript, 'epoch-1', skewMs);
  transcript.append(writer.beat()).start();
  const last = writer.beat();
  transcript.told(last);
  return { writer, script: transcript, last };
}
