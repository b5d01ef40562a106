import { call, startRooms } from './start-rooms.js';
it('x', async () => {
  const rooms = await startRooms();
  const held = await rooms.signIn();
  await call(rooms, 'POST /api/v1/auth/signout', { token: held.accessToken, headers: {'idempotency-key': 'x'} });
  console.log(rooms.log.filter(l=>l.includes('error')).join('\n'));
  await rooms.close();
});
