import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { SessionStore } from '@gatehouse/session-store';
import type { AuditTrail } from '../../audit/audit-trail.port.js';
import type { Post } from '../../mail/post.js';
import { toSessionDto } from '../../sessions/session.dto.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { toActivityDto } from '../activity/activity.dto.js';
import type { AccountTokens } from '../tokens/account-tokens.js';
import type { PersonalRecords } from './personal-records.js';

/** Events of the audit log in an export; `GET /api/v1/auth/activity` leads on from there. */
const MAX_EVENTS = 2_000;
const PAGE = 200;

const instant = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
const nothing = () => Promise.resolve();

/** The user's row. The row itself goes last, when the account is erased. */
export function profileRecords(users: UserRepository): PersonalRecords {
  return {
    section: 'profile',
    about: async (userId) => {
      const user = await users.findById(userId);
      if (!user) return undefined;
      return {
        id: user.id,
        email: user.email,
        name: user.name,
        roles: [...user.roles],
        created_at: instant(user.createdAtMs),
        email_verified_at: instant(user.emailVerifiedAtMs),
        password_changed_at: instant(user.passwordChangedAtMs),
        disabled_at: instant(user.disabledAtMs),
        erase_at: instant(user.eraseAtMs),
      };
    },
    forget: nothing,
  };
}

/** Live sessions; they have been ended when an account is erased. */
export function sessionRecords(sessions: SessionStore, clock: Clock): PersonalRecords {
  return {
    section: 'sessions',
    about: async (userId) => {
      const nowMs = clock.nowMs();
      return (await sessions.list(userId)).map((session) => toSessionDto(session, undefined, nowMs));
    },
    forget: async (userId) => {
      try {
        await sessions.endOthers(userId, undefined);
      } catch (error) {
        // They have been revoked; the store lets go of them by itself.
        if (!(error instanceof SessionStoreUnavailable)) throw error;
      }
    },
  };
}

/** What the audit log says. It is never rewritten: of somebody who is gone it keeps the id, which names nobody any more. */
export function auditRecords(trail: AuditTrail): PersonalRecords {
  return {
    section: 'activity',
    about: async (userId) => {
      const events = [];
      let cursor: string | undefined;
      do {
        const page = await trail.page({ userId, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
        events.push(...page.entries.map(toActivityDto));
        cursor = page.nextCursor;
      } while (cursor !== undefined && events.length < MAX_EVENTS);
      return {
        events,
        more: cursor === undefined ? null : `/api/v1/auth/activity?cursor=${encodeURIComponent(cursor)}`,
      };
    },
    forget: nothing,
  };
}

/** Links that are out, and letters on their way: nothing to show, but to erase. */
export function mailRecords(tokens: AccountTokens, post: Post): PersonalRecords {
  return {
    section: 'mail',
    about: () => Promise.resolve(undefined),
    forget: async (userId) => {
      await tokens.voidAll(userId);
      await post.forget(userId);
    },
  };
}
