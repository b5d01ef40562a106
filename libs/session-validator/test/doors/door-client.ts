import type { DoorRig } from './door-rig.js';

/** A service behind the door under test, on a real port. */
export interface RunningDoor {
  readonly port: number;
  close(): Promise<unknown>;
}

/** The door of the present test, as its clients see it. */
export class DoorClient {
  private opened: { readonly rig: DoorRig; readonly door: RunningDoor } | undefined;

  get rig(): DoorRig {
    return this.now.rig;
  }

  get port(): number {
    return this.now.door.port;
  }

  async open(rig: DoorRig, open: (rig: DoorRig) => Promise<RunningDoor>): Promise<void> {
    this.opened = { rig, door: await open(rig) };
  }

  async close(): Promise<void> {
    await this.now.door.close();
    await this.now.rig.close();
  }

  get(path: string, token?: string, init: RequestInit = {}): Promise<Response> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(`http://127.0.0.1:${this.port}${path}`, { ...init, headers });
  }

  private get now(): { readonly rig: DoorRig; readonly door: RunningDoor } {
    if (!this.opened) throw new Error('no door was opened');
    return this.opened;
  }
}

/** Status, code and challenge of a refusal, after everything that holds of each was checked. */
export async function refusal(response: Response): Promise<readonly [number, string, string | null]> {
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  const text = await response.text();
  const body = JSON.parse(text) as { error: { code: string } };
  expect(body).toEqual({ success: false, error: { code: expect.any(String), message: expect.any(String) } });
  expect(response.headers.get('set-cookie')).toBeNull();
  // No part of a token, no session id.
  expect(text).not.toMatch(/eyJ|[0-9a-f]{64}/);
  return [response.status, body.error.code, response.headers.get('www-authenticate')];
}

export const invalidToken = (code: string) =>
  [401, code, `Bearer realm="gatehouse", error="invalid_token", error_description="${code}"`] as const;
export const signIn401 = [401, 'TOKEN_MISSING', 'Bearer realm="gatehouse"'] as const;
