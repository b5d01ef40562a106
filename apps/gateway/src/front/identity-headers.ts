import type { RouteIdentity } from '../routes/route.js';
import type { GatewaySession, GatewaySessions, Principal } from '../sessions/gateway-session.js';

type Header = readonly [name: string, value: string];

/** Everything an upstream may be told about a person. None of it is ever taken from a client. */
export const IDENTITY_HEADERS = ['authorization', 'x-auth-user', 'x-auth-roles', 'x-auth-session'] as const;

/** Audiences of Microsoft Graph: its tokens are for Graph alone to read, and nobody else can verify them. */
const GRAPH = /^(?:00000003-0000-0000-c000-000000000000|https:\/\/(?:graph|microsoftgraph|dod-graph)\.[a-z.]+\/?)$/i;

/**
 * What the upstream of a route is told about the person behind a session.
 *
 * @param sessions - asked for the provider's tokens, where the route hands those on
 */
export function identityHeaders(
  identity: RouteIdentity,
  session: GatewaySession,
  principal: Principal,
  sessions: Pick<GatewaySessions, 'providerTokens'>,
): Header[] | Promise<Header[]> {
  switch (identity.kind) {
    case 'none':
      return [];
    case 'token':
      return [['authorization', `Bearer ${session.tokens.accessToken}`]];
    case 'headers':
      return [
        ['x-auth-user', plain(principal.userId)],
        ['x-auth-roles', principal.roles.map(plain).join(',')],
        ['x-auth-session', plain(principal.sid)],
      ];
    case 'provider-token':
      return providerToken(identity.audience, session, sessions);
  }
}

async function providerToken(
  audience: string,
  session: GatewaySession,
  sessions: Pick<GatewaySessions, 'providerTokens'>,
): Promise<Header[]> {
  const token = (await sessions.providerTokens(session))?.accessToken;
  // Without one the upstream sees a request without credentials, and says so in its own words.
  return token !== undefined && isFor(token, audience) ? [['authorization', `Bearer ${token}`]] : [];
}

/** Whether a provider's access token names this audience. It came from the provider itself, so it is read, not verified. */
function isFor(token: string, audience: string): boolean {
  if (GRAPH.test(audience)) return false;
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    const { aud } = JSON.parse(payload) as { aud?: unknown };
    const named: unknown[] = [aud].flat();
    // For nobody else as well; a token for nobody at all is for nobody here.
    return named.length > 0 && named.every((one) => one === audience);
  } catch {
    // Opaque: nobody but the provider knows whom it is for.
    return false;
  }
}

/** No control byte, space, comma or percent sign of a name can end or split a header's value. */
const plain = (text: string) => text.replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]/gu, percentEncoded);

const percentEncoded = (character: string) =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
