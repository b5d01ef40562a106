import type { ProviderTokens } from '@gatehouse/oidc';
import { FakeSessions } from '../../test/fake-sessions.js';
import type { GatewaySession } from '../sessions/gateway-session.js';
import { identityHeaders } from './identity-headers.js';

const AUDIENCE = 'api://orders';
const GRAPH = '00000003-0000-0000-c000-000000000000';

/** As a provider signs it; nobody here verifies what came from the provider itself. */
const aToken = (claims: object) =>
  `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

describe('the provider’s token', () => {
  const sessions = new FakeSessions();
  const told = async (accessToken: string | undefined, audience = AUDIENCE) => {
    const found = await sessions.look(sessions.signIn());
    if (found.kind !== 'live') throw new Error('nobody is signed in');
    const provider: ProviderTokens | undefined =
      accessToken === undefined ? undefined : { accessToken, idToken: 'an.id.token' };
    const session: GatewaySession = { ...found.session, tokens: { ...found.session.tokens, provider } };
    return identityHeaders({ kind: 'provider-token', audience }, session, found.principal, sessions);
  };

  it('is handed on to the service it was issued for', async () => {
    for (const aud of [AUDIENCE, [AUDIENCE]]) {
      const token = aToken({ aud });
      expect(await told(token)).toEqual([['authorization', `Bearer ${token}`]]);
    }
  });

  it.each([
    ['another service', aToken({ aud: 'api://invoices' })],
    ['this one and another', aToken({ aud: [AUDIENCE, 'api://invoices'] })],
    ['nobody', aToken({ aud: [] })],
    ['nobody by name', aToken({})],
    ['one whose name only begins so', aToken({ aud: `${AUDIENCE}-too` })],
    ['Graph', aToken({ aud: GRAPH })],
    ['whom only the provider can tell', 'opaque'],
    ['whom nobody can tell', 'a.b.c'],
    ['nobody, since there is none', undefined],
  ])('is not, where it was issued for %s: the service sees no credentials', async (_, token) => {
    expect(await told(token)).toEqual([]);
  });

  it('is never Graph’s, whatever a route says: nobody but Graph can verify it', async () => {
    for (const audience of [GRAPH, 'https://graph.microsoft.com', 'https://microsoftgraph.chinacloudapi.cn/']) {
      expect(await told(aToken({ aud: audience }), audience)).toEqual([]);
    }
  });
});
