// What docs/scaling.md says was measured, and what it computes from that, written from the records in bench/results. A record that changes
// changes the page: `npm run docs:write -- --check` fails until it is written anew.
import { readFileSync } from 'node:fs';
import { alignedTable } from './aligned-table.mjs';

export const MEASURED_PAGE = 'docs/scaling.md';
/** Busiest hour of a day, beside its mean. */
const PEAK = 4;
/** An entry is kept for the life of a token, the tolerance for clocks and a minute: about a thousand seconds. */
const KEPT_SECONDS = 1_000;
/** An hour of use a day, with access tokens of a quarter of an hour. */
const REFRESHES_PER_SIGN_IN = 4;
/** Behind a figure of a piece that does not count. */
const DOUBTFUL = ' †';

/** @param {string} top - folder of the repository @returns {Record<string, object>} by subject of the bench */
export function records(top) {
  const read = (name) => JSON.parse(readFileSync(`${top}/bench/results/${name}.json`, 'utf8'));
  return { validator: read('validator'), auth: read('auth'), gateway: read('gateway') };
}

/**
 * @param {string} page - text of docs/scaling.md
 * @param {Record<string, object>} found - see {@link records}
 * @returns {string} the page with each `<!-- measured: name -->` … `<!-- end -->` as the records have it
 * @throws {Error} when the page has no place for a table, or a record lacks what a table needs
 */
export function withMeasured(page, found) {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const place = new RegExp(`(<!-- measured: ${name} -->)[\\s\\S]*?(<!-- end -->)`);
    if (!place.test(text)) throw new Error(`${MEASURED_PAGE} has no place for ${name}`);
    return text.replace(place, (_whole, begin, end) => `${begin}\n\n${alignedTable(table(found))}\n\n${end}`);
  }, page);
}

const tables = {
  validator: ({ validator }) => {
    const {
      http,
      memory,
      propagation,
      calls,
      'token-check': check,
      'look-up': lookUp,
      'catch-up': catchUp,
    } = pieces(validator);
    const { guard, open } = http.result.contenders;
    const { validatorMs, worstStallMs } = catchUp.result;
    const last = propagation.result.sizes[50].signOutMs.p99;
    return figures([
      [
        'a request with a warm token, Nest guard, against none at all',
        http,
        `${unit(guard.cpuUs, 'µs')} against ${unit(open.cpuUs, 'µs')} of processor`,
      ],
      ['a token seen for the first time', check, unit(check.result.firstSight.us.ours, 'µs')],
      ['a token seen before', check, unit(check.result.warm.us.ours, 'µs')],
      ['one ended session in the list, at a million', memory, unit(memory.result.list.heldBytes, 'bytes')],
      ['looking one up, at a million', lookUp, unit(lookUp.result.newString.listNs, 'ns')],
      [
        'from the answer to a sign-out to refusal, 50 validators, p99',
        propagation,
        last > 0 ? unit(last, 'ms') : 'not later than the answer',
      ],
      [
        'a validator that starts beside a log of a million',
        catchUp,
        `${unit(validatorMs / 1000, 's')} until it accepts, no stall beyond ${unit(worstStallMs, 'ms')}`,
      ],
      [
        `calls to auth over ${whole(calls.result.requests)} checked requests`,
        calls,
        whole(calls.result.callsAtIssuer + calls.result.callsServedByAuth),
      ],
    ]);
  },
  auth: ({ auth }) => {
    const { operations, rush } = pieces(auth);
    const done = operations.result.operations;
    const rate = ({ gatehouse }) => `${unit(gatehouse.perSecond)} a second, p99 ${unit(gatehouse.p99Ms, 'ms')}`;
    const { sockets, admittedPerSecond, refusedP99Ms, othersP99Ms, peakRssMiB } = rush.result;
    return figures([
      ['sign-ins', operations, rate(done.signIn)],
      ['refreshes', operations, rate(done.refresh)],
      ['lists of sessions', operations, rate(done.list)],
      ['sign-outs', operations, rate(done.signOut)],
      [`${whole(sockets)} sign-ins at a time: let in`, rush, `${unit(admittedPerSecond)} a second`],
      ['the others told to come again, p99', rush, unit(refusedP99Ms, 'ms')],
      ['refreshes meanwhile, p99', rush, unit(othersP99Ms.refresh, 'ms')],
      ['resident memory at the most', rush, unit(peakRssMiB, 'MiB')],
    ]);
  },
  gateway: ({ gateway }) => {
    const { proxy, memory } = pieces(gateway);
    const { gateway: ours, bare } = proxy.result.contenders;
    const { upload, stream } = memory.result;
    return figures([
      [
        'small answers, session cookie',
        proxy,
        `${unit(ours.perSecond)} a second, p50 ${unit(ours.p50Ms, 'ms')}, p99 ${unit(ours.p99Ms, 'ms')}`,
      ],
      [
        'one of them, against a bare proxy of node:http',
        proxy,
        `${unit(ours.cpuUs, 'µs')} against ${unit(bare.cpuUs, 'µs')} of processor`,
      ],
      [`memory that an upload of ${whole(memory.result.uploadMiB)} MiB adds`, memory, unit(upload.grewMiB, 'MiB')],
      ['memory of one open stream', memory, unit(stream.perStreamKiB, 'KiB')],
    ]);
  },
  sizes: ({ validator, auth }) => {
    const { memory, 'catch-up': catchUp } = pieces(validator);
    const { signIn, refresh } = pieces(auth).operations.result.operations;
    const secondsPerEntry = catchUp.result.validatorMs / 1000 / catchUp.result.entries;
    const rows = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9].map((people) => {
      const mean = people / 86_400;
      const peak = mean * PEAK;
      const entries = peak * KEPT_SECONDS;
      const cores = peak / signIn.gatehouse.perSecond + (peak * REFRESHES_PER_SIGN_IN) / refresh.gatehouse.perSecond;
      const list = bytes(entries * memory.result.list.heldBytes);
      return [
        inWords(people),
        `${rough(mean)} / ${rough(peak)}`,
        inWords(entries),
        list,
        lasting(entries * secondsPerEntry),
        coresAtAll(cores),
      ];
    });
    const head = [
      'People',
      'Ends per second, mean / peak',
      'Entries at the peak',
      'List in each validator',
      'Catch-up of a new instance',
      'Cores of auth at the peak',
    ];
    return [head, ...rows];
  },
  checks: ({ validator }) => {
    const { guard, open } = pieces(validator).http.result.contenders;
    const us = guard.cpuUs - open.cpuUs;
    const rows = [1_000, 100_000, 1_000_000].map((perSecond) => [
      inWords(perSecond),
      shareOfCores((us * perSecond) / 1e6),
      'never',
    ]);
    return [
      ['Requests per second', `Processor for checks, warm tokens (${unit(us, 'µs')} each)`, 'Redis asked'],
      ...rows,
    ];
  },
};

/** The pieces of a record, none of which failed. */
function pieces({ subject, pieces: all }) {
  for (const [name, { error, result }] of Object.entries(all))
    if (error || !result)
      throw new Error(`${name} of ${subject} has no result: npm run bench -- ${subject} --only ${name}`);
  return all;
}

const figures = (rows) => [
  ['What', 'Figure'],
  ...rows.map(([what, { faults }, figure]) => [what, figure + (faults.length > 0 ? DOUBTFUL : '')]),
];

/** Three digits, as bench has them. */
function unit(value, name = '') {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = digits === 0 ? whole(value) : value.toFixed(digits);
  return name ? `${number} ${name}` : number;
}
const whole = (value) => Math.round(value).toLocaleString('en');

const rounded = (value) => Number(value.toPrecision(2));
const rough = (value) => (value < 10 ? value.toFixed(1) : whole(rounded(value)));

const inWords = (count) => {
  const [size, word] = count >= 1e9 ? [1e9, ' billion'] : count >= 1e6 ? [1e6, ' million'] : [1, ''];
  return `${(rounded(count) / size).toLocaleString('en')}${word}`;
};

const bytes = (count) => {
  const [size, word] = count >= 1e9 ? [1e9, 'GB'] : count >= 1e6 ? [1e6, 'MB'] : [1e3, 'KB'];
  return `${(rounded(count) / size).toLocaleString('en')} ${word}`;
};

const lasting = (seconds) => {
  if (seconds < 0.1) return 'at once';
  return seconds < 100 ? `${rounded(seconds).toLocaleString('en')} s` : `${Math.round(seconds / 60)} min`;
};

const coresAtAll = (cores) => (cores < 1 ? 'less than one' : inWords(cores));

const shareOfCores = (cores) => {
  if (cores < 0.1) return `${rounded(cores * 100)} % of a core`;
  return cores < 1 ? `${rounded(cores)} of a core` : `${inWords(cores)} cores, over all instances`;
};
