import type { AccessRule } from '../../src/http/access.js';
import { describeClosing } from './closing.conformance.js';
import { COOKIE, describeCookies } from './cookies.conformance.js';
import { describeCounting } from './counting.conformance.js';
import { describeCredentials } from './credentials.conformance.js';
import { DoorClient, type RunningDoor } from './door-client.js';
import { DoorRig } from './door-rig.js';
import { describeRules } from './rules.conformance.js';

export type { RunningDoor } from './door-client.js';

/**
 * What the service offers. Each route answers `{ principal }`, `null` for nobody; `/me` and `/optional` whatever the method.
 * Beside them:
 *
 * - `/stream` sends `: hello\n\n` at once and then nothing, watched by `closeOnRevoked` with the farewell `bye <reason>`
 * - `/slow` is watched too, and never answers
 */
export const ROUTES = {
  '/me': {},
  '/optional': { optional: true },
  '/roles': { roles: ['admin', 'owner'] },
  '/scopes': { scopes: ['orders:read', 'orders:write'] },
  '/recent': { fresh: { maxAgeSeconds: 300 } },
  '/strong': { fresh: { acrValues: ['aal2', 'aal3'] } },
  '/both': { fresh: { maxAgeSeconds: 300, acrValues: ['aal2'] } },
  '/bounded': { freshness: { boundedSeconds: 30 } },
  '/closed': { freshness: 'closed' },
  '/services': { serviceAccounts: true },
} as const satisfies Record<string, AccessRule>;

export const FAREWELL = (reason: string) => `bye ${reason}`;

/** What every door owes, over HTTP, as its clients see it. */
export function describeDoor(name: string, open: (rig: DoorRig) => Promise<RunningDoor>): void {
  describe(`the ${name} door`, () => {
    const door = new DoorClient();

    beforeEach(async () => {
      await door.open(new DoorRig(), open);
      // Heard while running, and so proof of freshness.
      door.rig.feed.beat();
    });
    afterEach(() => door.close());

    describeCredentials(door);
    describeRules(door, open);
    describeClosing(door);
    describeCounting(door);
  });

  describe(`the ${name} door, where browsers keep the token in a cookie,`, () => {
    const door = new DoorClient();

    beforeEach(async () => {
      await door.open(new DoorRig({ accessCookie: COOKIE }), open);
      door.rig.feed.beat();
    });
    afterEach(() => door.close());

    describeCookies(door);
  });
}
