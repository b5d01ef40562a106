import type { KeyList } from '../rotation/list-keys.js';
import { toKeyListDto } from '../http/to-key-list.js';

/** A key list as people read it. */
export function keyLines(list: KeyList): string[] {
  const { keys, version, next_rotation_at: rotation } = toKeyListDto(list);
  const lines = keys.map(({ kid, state, created_at, activated_at, ended_at, reason }) =>
    [
      kid,
      state.padEnd(9),
      `made ${created_at}`,
      ...(activated_at ? [`signs since ${activated_at}`] : []),
      ...(ended_at ? [`gone since ${ended_at}`] : []),
      ...(reason ? [reason] : []),
    ].join('  '),
  );
  return [...lines, `Version ${version} of the key bundle. Next rotation: ${rotation ?? 'by hand'}.`];
}
