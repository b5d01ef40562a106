import { FEED_START } from '@gatehouse/contracts';

/** A record as Redis has it: its id, and names and values in turn. It is carried as it is, readable or not. */
export type RawRecord = readonly [id: string, fields: readonly string[]];

/** A place in a log: the id of a record, and the life of the log it belongs to. */
export interface Place {
  readonly position: string;
  readonly epoch: string | undefined;
}

/** Before the first record. */
export const START: Place = { position: FEED_START, epoch: undefined };

export function fieldOf([, fields]: RawRecord, name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

export const placeOf = (record: RawRecord): Place => ({ position: record[0], epoch: fieldOf(record, 'epoch') });
