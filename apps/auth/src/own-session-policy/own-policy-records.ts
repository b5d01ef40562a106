import type { PersonalRecords } from '../accounts/personal-records/personal-records.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { toChoiceDto } from './own-policy.dto.js';

/** What the person chose for their sessions. It stands in their row, and goes with it. */
export function ownPolicyRecords(users: Pick<UserRepository, 'findById'>): PersonalRecords {
  return {
    section: 'session_policy',
    about: async (userId) => {
      const user = await users.findById(userId);
      return user && toChoiceDto(user.ownSessionLimits);
    },
    forget: () => Promise.resolve(),
  };
}
