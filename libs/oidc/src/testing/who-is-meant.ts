import type { People, Person } from './people.js';
import type { ProviderSessions } from './provider-sessions.js';

/** Whom a token is about. Somebody, where neither is given. */
export interface Named {
  readonly person?: Person | string;
  /** Alone, it names a session without saying whose. */
  readonly sid?: string;
}

export function whoIsMeant({ person: named, sid }: Named, people: People, sessions: ProviderSessions) {
  const person = named === undefined && sid !== undefined ? undefined : people.someone(named);
  const tenantId = person?.tenantId ?? sessions.find(sid ?? '')?.person.tenantId;
  return { subject: person?.subject, sid, tenantId };
}
