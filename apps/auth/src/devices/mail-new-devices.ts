import type { Post } from '../mail/post.js';
import type { NewDevices } from './new-devices.js';

/** Has people told by mail of a sign-in on a device they were never seen with; not of their first. */
export function mailNewDevices(newDevices: NewDevices, post: Post): void {
  newDevices.listen(async ({ userId, ipAddress, isFirst }) => {
    if (!isFirst) await post.order({ kind: 'new_device', userId, ipAddress });
  });
}
