import { UserNotFound } from './administration.errors.js';

/** As the path has it. @throws {UserNotFound} for text no user id can be. */
export function userIdOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UserNotFound();
  return Number(text);
}

export const USER_ID_PARAM = { name: 'id', schema: { type: 'string', pattern: '^[1-9]\\d{0,14}$' } } as const;
