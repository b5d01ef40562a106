import { UserUnrestored } from '../../ledger/session-record.js';

/** What a script answers, and changes nothing, when the user's sessions must be compared with the ledger first. */
export const UNRESTORED = 'unrestored';

/** Reads a reply, or throws {@link UserUnrestored}. */
export function unlessUnrestored<R>(parse: (reply: unknown) => R): (reply: unknown) => R {
  return (reply) => {
    if (reply === UNRESTORED) throw new UserUnrestored();
    return parse(reply);
  };
}
