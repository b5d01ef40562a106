import type { DoorClient } from './door-client.js';

/** What is counted of the requests that a door lets in. */
export function describeCounting(door: DoorClient): void {
  describe('counts', () => {
    it('the requests of a session, with the address they came from, and only those it let in', async () => {
      const { token, claims } = door.rig.signIn();
      for (const path of ['/me', '/optional', '/me']) expect((await door.get(path, token)).status).toBe(200);
      expect((await door.get('/me')).status).toBe(401);
      expect((await door.get('/optional')).status).toBe(200);
      expect((await door.get('/me', `${token}x`)).status).toBe(401);
      await door.rig.validator.close();
      expect(door.rig.counted.flatMap(({ sessions }) => sessions)).toEqual([
        {
          userId: Number(claims.sub),
          sessionId: claims.sid,
          requests: 3,
          agoMs: expect.any(Number) as number,
          ipAddresses: [expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/) as string],
        },
      ]);
    });
  });
}
