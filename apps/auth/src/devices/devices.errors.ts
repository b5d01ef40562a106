import { AppError } from '@gatehouse/failures';

/** The caller has no such device: unknown, forgotten, or somebody else's, which nobody is told apart. */
export class DeviceNotFound extends AppError {
  readonly code = 'DEVICE_NOT_FOUND';
  constructor() {
    super('the caller has no such device');
  }
}
