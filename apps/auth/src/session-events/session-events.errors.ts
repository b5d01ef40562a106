import { AppError } from '@gatehouse/failures';

/** This person has as many streams open as they may. */
export class TooManyEventStreams extends AppError {
  readonly code = 'RATE_LIMITED';
  override readonly retryAfterSeconds = 30;
  constructor() {
    super('as many event streams as one person may have are open');
  }
}

/** Every place for a stream is taken. */
export class EventStreamsFull extends AppError {
  readonly code = 'OVERLOADED';
  override readonly retryAfterSeconds = 5;
  constructor() {
    super('as many event streams as this instance holds are open');
  }
}
