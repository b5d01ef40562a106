import { refusal, type Answer } from './answer.js';
import { AuthorizeEndpoint, sidOfCookie } from './authorize-endpoint.js';
import { ClientCheck } from './client-authentication.js';
import { graphAnswer } from './graph-endpoint.js';
import type { Lie } from './lies.js';
import type { People } from './people.js';
import type { ProviderAddresses } from './provider-addresses.js';
import type { Script } from './provider-options.js';
import type { ProviderSessions } from './provider-sessions.js';
import type { ProviderTokenWriter } from './provider-tokens.js';
import type { RecordedRequest } from './recorded-request.js';
import { TokenEndpoint } from './token-endpoint.js';
import type { TokenMint } from './token-mint.js';

const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';

/** Leads each request to its endpoint. */
export class ProviderDesk {
  private readonly authorize: AuthorizeEndpoint;
  private readonly token: TokenEndpoint;

  constructor(
    private readonly script: Script,
    private readonly addresses: ProviderAddresses,
    private readonly people: People,
    private readonly sessions: ProviderSessions,
    tokens: ProviderTokenWriter,
    private readonly mint: TokenMint,
  ) {
    this.authorize = new AuthorizeEndpoint(script, addresses, people, sessions, tokens);
    if (script.kind === 'entra') mint.prepare();
    this.token = new TokenEndpoint(script, new ClientCheck(script, addresses, mint), people, sessions, tokens);
  }

  async answer(request: RecordedRequest, lie: Lie): Promise<Answer> {
    switch (request.endpoint) {
      case 'discovery':
        return lie.error ? refusal(lie.error) : { json: defined(this.addresses.metadata(request.segment)) };
      case 'jwks':
        return { json: this.jwks(request.segment) };
      case 'authorize':
        return this.authorize.answer(request, lie);
      case 'token':
        return this.token.answer(request, lie);
      case 'end_session':
        return this.endSession(request);
      case 'graph':
        return graphAnswer(request, this.people, this.script.graphPageSize);
      case 'userinfo':
        return { json: { sub: this.people.current()?.subject ?? 'nobody' } };
    }
  }

  private jwks(segment: string): Record<string, unknown> {
    const entra = this.script.kind === 'entra';
    return {
      ...this.mint.jwks(
        entra ? this.addresses.advertisedIssuer(segment) : undefined,
        this.addresses.issuer(OTHER_TENANT),
      ),
    };
  }

  private endSession({ form, headers }: RecordedRequest): Answer {
    const sid = sidOfCookie(headers.cookie);
    if (sid !== undefined) this.sessions.end(sid);
    const target = form.get('post_logout_redirect_uri');
    const registered = this.script.postLogoutRedirectUris;
    if (target === null || !URL.canParse(target) || registered?.includes(target) === false) {
      return { html: '<!doctype html><title>Signed out</title><p>You are signed out of the scripted provider.</p>' };
    }
    const back = new URL(target);
    const state = form.get('state');
    if (state !== null) back.searchParams.set('state', state);
    return { redirectTo: back.href };
  }
}

function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
