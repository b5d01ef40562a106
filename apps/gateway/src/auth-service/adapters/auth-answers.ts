import { ERROR_CODES, SESSION_ID_PATTERN, type ErrorCode } from '@gatehouse/contracts';
import { z } from 'zod';

/** What the gateway reads of the auth service's answers. More may stand there; less is no answer. */
const enveloped = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data });
const token = z.string().min(1).max(16_384);
const instantMs = z.number().int().positive();

export const signedIn = enveloped(
  z.object({
    userId: z.union([z.string().min(1), z.number().int().positive()]).transform(String),
    sessionId: z.string().regex(SESSION_ID_PATTERN),
    accessToken: token,
    accessTokenExpiresAt: instantMs,
    refreshToken: token,
    expiresAt: instantMs,
  }),
);

export const refreshed = enveloped(
  z.object({ access_token: token, refresh_token: token, expires_in: z.number().positive() }),
);

/** RFC 6749 §5.1; not in our envelope. */
export const clientToken = z.object({ access_token: token, expires_in: z.number().positive() });

const failure = z.object({ success: z.literal(false), error: z.object({ code: z.enum(ERROR_CODES) }) });

/** The code of a failure that the auth service itself has written; a proxy in between writes none. */
export function codeIn(body: unknown): ErrorCode | undefined {
  const read = failure.safeParse(body);
  return read.success ? read.data.error.code : undefined;
}
