import { AppError } from '@gatehouse/failures';

/** A request brings more than one may; nothing of it beyond what the answer's limit allows has been looked at. */
export class ImportTooLarge extends AppError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  override readonly details: { readonly max_lines: number; readonly max_bytes: number };
  constructor(maxLines: number, maxBytes: number) {
    super('an import brings more than one request may');
    this.details = { max_lines: maxLines, max_bytes: maxBytes };
  }
}

/** The body is not `application/x-ndjson`. */
export class NotLines extends AppError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
  constructor() {
    super('an import is sent as application/x-ndjson');
  }
}

/** No import goes by this id. */
export class ImportNotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('there is no such import');
  }
}
