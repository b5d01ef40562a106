// Any number of validators in one process, and beside each a bare subscriber of the same Redis. Says on standard output,
// one JSON line each, when all of them have refused a token or got a bare message. Instants are of the monotonic clock, which
// all processes of a machine share.
import { createSessionValidator } from '@gatehouse/session-validator';
import { Redis } from 'ioredis';
import { createInterface } from 'node:readline';

const [size, redisUrl, trustAnchor, channel] = process.argv.slice(2);
const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Collects one instant from each member, then tells. */
let token;
let instants = [];
const note = () => {
  instants.push(nowMs());
  if (instants.length < Number(size)) return;
  say({ instants });
  instants = [];
  token = undefined;
};

const validators = Array.from({ length: Number(size) }, () => {
  const validator = createSessionValidator({ redisUrl, trustAnchor });
  // Told after the list has it: from here on the token is refused, and that is checked, not believed.
  validator.onRevoked(() => {
    if (token !== undefined && !validator.check(token).ok) note();
  });
  return validator;
});
const ready = await Promise.all(validators.map((validator) => validator.ready(30_000)));
if (!ready.every(Boolean)) throw new Error('a validator did not become ready');
await Promise.all(
  validators.map(async () => {
    const subscriber = new Redis(redisUrl);
    subscriber.on('message', note);
    await subscriber.subscribe(channel);
  }),
);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    token = JSON.parse(line).token;
    say({ accepted: validators.every((validator) => validator.check(token).ok) });
  })
  .on('close', () => process.exit(0));
say({ ready: true });
