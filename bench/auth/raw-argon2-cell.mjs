// The limit nobody gets past: bare verifications of one hash, as many in flight as told.
import { hash, verify } from '@node-rs/argon2';
import { answer, readInput } from '../harness/cell.mjs';
import { ARGON2, PASSWORD } from './argon2.mjs';

const { durationMs, inFlight } = await readInput();
const known = await hash(PASSWORD, ARGON2);
for (let i = 0; i < 10; i++) await verify(known, PASSWORD);
let count = 0;
const startedMs = performance.now();
const hand = async () => {
  for (; performance.now() - startedMs < durationMs; count++) {
    if (!(await verify(known, PASSWORD))) throw new Error('the right password was refused');
  }
};
await Promise.all(Array.from({ length: inFlight }, hand));
answer({ perSecond: (count / (performance.now() - startedMs)) * 1000 });
