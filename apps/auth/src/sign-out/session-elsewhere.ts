import { setTimeout as sleep } from 'node:timers/promises';

/** How long whoever signs out is kept waiting for it, in ms. Their session here has ended by then. */
const PATIENCE_MS = 500;

/** Tells where the browser of a session goes to sign out at the place it came from; `undefined` where it came from nowhere else. */
export type TellsElsewhere = (sessionId: string) => Promise<URL | undefined>;

/** Where else a session's browser is signed in. The room that knows hands in how to tell. */
export class SessionElsewhere {
  private tells: TellsElsewhere = () => Promise.resolve(undefined);

  /** For the room, when it starts. */
  handIn(tells: TellsElsewhere): void {
    this.tells = tells;
  }

  /** Best effort: nothing that is away keeps anybody from signing out here. */
  async signOutOf(sessionId: string): Promise<string | undefined> {
    const told = this.tells(sessionId).catch(() => undefined);
    const url = await Promise.race([told, sleep(PATIENCE_MS, undefined, { ref: false })]);
    return url?.href;
  }
}
