import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProviderSettings } from '../provider/provider-settings.js';
import { send } from './answer.js';
import { LieBook, type EndpointName, type Lie, type TokenLie } from './lies.js';
import { LoopbackServer } from './loopback-server.js';
import { People, type Person } from './people.js';
import { ProviderAddresses } from './provider-addresses.js';
import { ProviderDesk } from './provider-desk.js';
import { scriptOf, type Script, type ScriptedProviderOptions } from './provider-options.js';
import { ProviderSessions } from './provider-sessions.js';
import { ProviderTokenWriter, type ProviderSession } from './provider-tokens.js';
import { settingsFor } from './settings-for.js';
import { record, type RecordedRequest } from './recorded-request.js';
import { TokenMint } from './token-mint.js';
import { whoIsMeant, type Named } from './who-is-meant.js';

/**
 * An OpenID provider on a free loopback port that does what a test tells it to, lies included. Real HTTP; it knows nothing of
 * the code under test.
 *
 * ```ts
 * const provider = await startScriptedProvider({ kind: 'entra' });
 * const ada = provider.people.add({ handle: 'ada', roles: ['Orders.Read'] });
 * const client = createOidcClient('entra', provider.settings());
 * provider.lie({ idToken: { claims: { aud: 'somebody-else' } } }); // the next ID token only
 * await provider.close();
 * ```
 */
export class ScriptedProvider {
  readonly people: People;
  /** Each request since the start or the last `forget()`, in order. */
  readonly requests: RecordedRequest[] = [];
  private readonly lies = new LieBook();
  private readonly sessions = new ProviderSessions();
  private readonly mint: TokenMint;
  private readonly tokens: ProviderTokenWriter;
  private readonly desk: ProviderDesk;
  private readonly addresses: ProviderAddresses;

  /** Use {@link startScriptedProvider}. */
  constructor(
    private readonly script: Script,
    private readonly server: LoopbackServer,
  ) {
    this.people = new People(script.tenantId);
    this.mint = new TokenMint(script.alg, script.nowMs);
    this.addresses = new ProviderAddresses(script, server.origin);
    this.tokens = new ProviderTokenWriter(script, this.addresses, this.mint);
    this.desk = new ProviderDesk(script, this.addresses, this.people, this.sessions, this.tokens, this.mint);
    server.onRequest((request, response) => void this.serve(request, response));
  }

  /** `http://127.0.0.1:<port>`: at the same time `authority` and, with `/graph`, the Graph host of Entra settings. */
  get origin(): string {
    return this.addresses.origin;
  }

  /** Issuer of the home tenant, or of the one given. */
  issuer(tenantId?: string): string {
    return this.addresses.issuer(tenantId);
  }

  get clientId(): string {
    return this.script.clientId;
  }

  get clientSecret(): string {
    return this.script.clientSecret;
  }

  get graphUrl(): string {
    return `${this.origin}/graph`;
  }

  /** Settings of a relying party that fit this provider: its client, its secret, its home tenant. */
  settings(changes: Readonly<Record<string, unknown>> = {}): ProviderSettings {
    return settingsFor(this.script, this.origin, changes);
  }

  /** Spoils the next answer (or `times` answers) of one endpoint. @returns takes the lie back. */
  lie(lie: Lie): () => void {
    return this.lies.add(lie);
  }

  /** Takes all lies back. */
  honest(): void {
    this.lies.clear();
  }

  count(endpoint: EndpointName): number {
    return this.requestsTo(endpoint).length;
  }

  requestsTo(endpoint: EndpointName): readonly RecordedRequest[] {
    return this.requests.filter((request) => request.endpoint === endpoint);
  }

  forget(): void {
    this.requests.length = 0;
  }

  /** The provider signs with a new key from now on. @param options.keepOld whether the former ones stay published; default false. */
  rotateKeys(options?: { readonly keepOld?: boolean }): void {
    this.mint.rotate(options);
  }

  /** Signs somebody in at the provider without a browser. */
  openSession(person: Person | string, authTimeMs = this.script.nowMs()): ProviderSession {
    return this.sessions.open(this.people.known(person), authTimeMs);
  }

  /** Ends a session of the provider with its refresh tokens. Tells nobody: a test sends the logout token itself. */
  endSession(sid: string): void {
    this.sessions.end(sid);
  }

  /** No further sign-in and no further refresh for this person. */
  disable(person: Person | string): void {
    this.people.disable(person);
  }

  /** As Entra's `revokeSignInSessions`. */
  revokeRefreshTokens(person: Person | string): void {
    this.sessions.endRefreshTokensOf(this.people.known(person));
  }

  /** @param given.sid of a session; a new session is opened where none is given. */
  issueIdToken(given: Named & { readonly nonce?: string; readonly accessToken?: string } & TokenLie = {}): string {
    const session =
      (given.sid === undefined ? undefined : this.sessions.find(given.sid)) ??
      this.openSession(this.people.someone(given.person));
    return this.tokens.idToken(session, given, given);
  }

  /** @param given.audience of the API; `clientId` of this provider's client where none is given. */
  issueAccessToken(
    given: { readonly person?: Person | string; readonly audience?: string; readonly scope?: string } & TokenLie = {},
  ): string {
    const { audience = this.clientId, scope = 'access_as_user' } = given;
    return this.tokens.accessToken(this.people.someone(given.person), audience, scope, given);
  }

  /** Names the person (`sub`) unless only a `sid` is given; override anything through `claims` and `header`. */
  issueLogoutToken(given: Named & TokenLie = {}): string {
    return this.tokens.logoutToken(whoIsMeant(given, this.people, this.sessions), given);
  }

  /** A security event token that says a session was revoked, named as in {@link issueLogoutToken}. */
  issueSecurityEvent(given: Named & TokenLie = {}): string {
    return this.tokens.securityEvent(whoIsMeant(given, this.people, this.sessions), given);
  }

  /** What a federated credential's token file holds, where `clientAuthentication` is `federated`. */
  issueFederatedAssertion(lie?: TokenLie): string {
    return this.tokens.federatedAssertion(lie);
  }

  /** Stops listening and cuts each connection; `goBack()` listens on the same port again. */
  goAway(): Promise<void> {
    return this.server.goAway();
  }

  goBack(): Promise<void> {
    return this.server.goBack();
  }

  close(): Promise<void> {
    return this.server.goAway();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = `${this.origin}${request.url ?? '/'}`;
    const url = URL.canParse(target) ? new URL(target) : undefined;
    const place = url && this.addresses.find(url.pathname);
    if (!url || !place) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.');
      return;
    }
    try {
      const recorded = await record(request, url, place);
      this.requests.push(recorded);
      const lie = this.lies.next(place.endpoint, recorded.form.get('grant_type') ?? undefined);
      send(response, await this.desk.answer(recorded, lie), lie);
    } catch {
      // The peer hung up while it was still sending.
      response.destroy();
    }
  }
}

/** Starts a {@link ScriptedProvider} on 127.0.0.1. Close it in `afterAll`. */
export async function startScriptedProvider(options: ScriptedProviderOptions = {}): Promise<ScriptedProvider> {
  const script = scriptOf(options);
  return new ScriptedProvider(script, await LoopbackServer.start(script.port, script.tls));
}
