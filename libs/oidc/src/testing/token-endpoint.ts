import { createHash } from 'node:crypto';
import { refusal, type Answer } from './answer.js';
import type { ClientCheck } from './client-authentication.js';
import type { Lie } from './lies.js';
import type { People } from './people.js';
import type { Script } from './provider-options.js';
import type { Grant, ProviderSessions } from './provider-sessions.js';
import type { ProviderTokenWriter } from './provider-tokens.js';
import type { RecordedRequest } from './recorded-request.js';

/** Codes and refresh tokens in, tokens out. */
export class TokenEndpoint {
  constructor(
    private readonly script: Script,
    private readonly client: ClientCheck,
    private readonly people: People,
    private readonly sessions: ProviderSessions,
    private readonly tokens: ProviderTokenWriter,
  ) {}

  async answer(request: RecordedRequest, lie: Lie): Promise<Answer> {
    if (request.method !== 'POST') return refusal('invalid_request', 'POST it', 405);
    const wrongClient = await this.client.problem(request);
    if (wrongClient) return refusal('invalid_client', wrongClient, 401);
    if (lie.error) return refusal(lie.error, lie.errorDescription);
    switch (request.form.get('grant_type')) {
      case 'authorization_code':
        return this.fromCode(request.form, lie);
      case 'refresh_token':
        return this.fromRefreshToken(request.form, lie);
      default:
        return refusal('unsupported_grant_type');
    }
  }

  private fromCode(form: URLSearchParams, lie: Lie): Answer {
    const grant = this.sessions.takeCode(form.get('code') ?? '');
    if (!grant) return refusal('invalid_grant', 'unknown code, or used before');
    if (form.get('redirect_uri') !== grant.redirectUri) return refusal('invalid_grant', 'another redirect_uri');
    if (!provesChallenge(form.get('code_verifier'), grant.codeChallenge)) {
      return refusal('invalid_grant', 'wrong code_verifier');
    }
    const offline = grant.scope.split(' ').includes('offline_access');
    return this.tokensFor(grant, lie, grant.nonce, offline ? this.sessions.newRefreshToken(grant) : undefined);
  }

  private fromRefreshToken(form: URLSearchParams, lie: Lie): Answer {
    const good = this.sessions.refresh(form.get('refresh_token') ?? '', this.script.refreshTokens);
    if (!good || this.people.isDisabled(good.grant.session.person)) return refusal('invalid_grant');
    // A refreshed ID token carries no nonce (OpenID Connect Core 1.0, section 12.2).
    return this.tokensFor(good.grant, lie, undefined, good.next);
  }

  private tokensFor(grant: Grant, lie: Lie, nonce: string | undefined, refreshToken: string | undefined): Answer {
    // Read anew: roles and names may have changed since the sign-in.
    const person = this.people.find(grant.session.person.handle) ?? grant.session.person;
    const session = { ...grant.session, person };
    const accessToken = this.tokens.accessToken(person, this.audienceOf(grant.scope), grant.scope, lie.accessToken);
    return {
      json: {
        token_type: 'Bearer',
        expires_in: this.script.tokenLifeSeconds,
        scope: grant.scope,
        access_token: accessToken,
        id_token: this.tokens.idToken(session, { nonce, accessToken }, lie.idToken),
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      },
    };
  }

  /** `api://<id>/Orders.Read` asks for a token of that API. */
  private audienceOf(scope: string): string | undefined {
    const api = scope.split(' ').find((word) => /^(api:\/\/[^/]+|[0-9a-f-]{36})\//.test(word));
    return api?.replace(/\/[^/]*$/, '');
  }
}

function provesChallenge(verifier: string | null, challenge: string | undefined): boolean {
  if (challenge === undefined) return verifier === null;
  return verifier !== null && createHash('sha256').update(verifier).digest('base64url') === challenge;
}
