import { FakeClock } from '@gatehouse/kernel/testing';
import { describeUserRepository } from '../../../test/user-repository.conformance.js';
import { MemoryUserRepository } from './memory-user-repository.js';

describeUserRepository('memory', async () => {
  const users = new MemoryUserRepository(new FakeClock());
  return { users, writers: [users] };
});
