import { randomUUID } from 'node:crypto';
import { FEED_START, type ValidatorReport } from '@gatehouse/contracts';

/** A valid report of a validator nobody else is; say only what the test is about. */
export function aReport(given: Partial<ValidatorReport> = {}): ValidatorReport {
  const position = given.position ?? '1000-0';
  return {
    instance: randomUUID(),
    name: 'pod-1',
    service: 'orders',
    version: '0.1.0',
    mode: 'redis',
    epoch: 'e1',
    from: FEED_START,
    marks: [],
    position,
    atMs: Number(position.split('-')[0]) + 5,
    notUnderstood: 0,
    leaving: false,
    ...given,
  };
}
