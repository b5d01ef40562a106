import type { FeedRecord } from '@gatehouse/contracts';
import { Trouble } from '../terminal/exit-code.js';
import type { Tailing } from './tailing.port.js';

export interface TailSettings {
  /** Begin with what the log holds. */
  readonly fromStart: boolean;
  readonly heartbeats: boolean;
}

export interface TailOutput {
  record(record: FeedRecord): void;
  remark(text: string): void;
}

/** Shows the feed, record by record, until it is stopped. */
export class Tail {
  constructor(
    private readonly tailing: Tailing,
    private readonly output: TailOutput,
  ) {}

  /** @throws {Trouble} `FEED_UNREACHABLE` when it cannot be followed to begin with; a later outage is waited out. */
  async run({ fromStart, heartbeats }: TailSettings, stop: AbortSignal): Promise<void> {
    let wasThere = false;
    let epoch: string | undefined;
    for await (const tailed of this.tailing.follow(fromStart, stop)) {
      switch (tailed.kind) {
        case 'found':
          if (wasThere) this.output.remark('the feed is back');
          wasThere = true;
          break;
        case 'lost':
          if (!wasThere) throw new Trouble('FEED_UNREACHABLE', 'the feed cannot be reached');
          this.output.remark('the feed is away; waiting for it');
          break;
        case 'unreadable':
          this.output.remark(`a record that this version cannot read, at ${tailed.position}`);
          break;
        case 'record':
          if (epoch !== undefined && tailed.record.epoch !== epoch) {
            this.output.remark('the log was lost and has begun another life');
          }
          ({ epoch } = tailed.record);
          if (tailed.record.entry || heartbeats) this.output.record(tailed.record);
      }
    }
  }
}
