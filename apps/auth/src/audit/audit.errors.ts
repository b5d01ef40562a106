import { AppError } from '@gatehouse/failures';

/** The cursor is not one we gave out. */
export class InvalidCursor extends AppError {
  readonly code = 'VALIDATION_ERROR';
  constructor() {
    super('the cursor is not one of these pages');
  }
}
