import { Strategy } from 'passport-strategy';
import type { OidcClient, SignedIn } from '../client/oidc-client.port.js';
import { OidcError } from '../client/oidc-error.js';
import { loginClient } from './client-from-options.js';
import { queryOf, type PassportRequest } from './exchange.js';
import { ProviderAway } from './provider-away.js';
import { SealedCookieTransactions } from './sealed-cookie-transactions.js';
import type { AzureAdLoginOptions, AzureAdOptions } from './strategy-options.js';
import type { TransactionStore } from './transaction-store.port.js';
import { loginArguments, type Done, type Verify } from './verify-callback.js';

/**
 * Signs people in at Entra: code flow with PKCE, state and nonce. One route serves both ways, as with passport-azure-ad: without
 * `code` or `error` in the query it redirects to Entra, with one it takes the answer. A refusal fails with `{ code, message }` and
 * never redirects again; a provider that is away is an error with status 503.
 *
 * @throws {StrategyMisconfigured} from the constructor, with everything that is wrong.
 */
export class AzureAdStrategy extends Strategy {
  readonly name: string = 'azure-ad';
  private readonly client: OidcClient;
  private readonly transactions: TransactionStore;

  constructor(
    private readonly options: AzureAdOptions,
    private readonly verify: Verify,
  ) {
    super();
    this.client = loginClient('azure-ad', options);
    this.transactions =
      options.transactions ??
      new SealedCookieTransactions({
        secret: options.cookieSecret ?? '',
        secure: options.redirectUrl.startsWith('https:'),
      });
  }

  override authenticate(request: PassportRequest, options: AzureAdLoginOptions = {}): void {
    const query = queryOf(request);
    const work = query.has('code') || query.has('error') ? this.finish(request, query) : this.begin(request, options);
    work.catch((error: unknown) => this.refuse(error));
  }

  private async begin(request: PassportRequest, { prompt, login_hint, maxAge }: AzureAdLoginOptions): Promise<void> {
    const { redirectTo, transaction } = await this.client.start({
      redirectUri: this.options.redirectUrl,
      prompt,
      loginHint: login_hint,
      maxAgeSeconds: maxAge,
    });
    await this.transactions.keep(request, transaction);
    this.redirect(redirectTo.href);
  }

  private async finish(request: PassportRequest, query: URLSearchParams): Promise<void> {
    const transaction = await this.transactions.take(request, query.get('state') ?? '');
    if (!transaction) {
      throw new OidcError('refused', 'STATE_MISMATCH', 'the answer belongs to no sign-in of this browser');
    }
    const callback = new URL(this.options.redirectUrl);
    callback.search = query.toString();
    this.hand(request, await this.client.finish(callback, transaction));
  }

  private hand(request: PassportRequest, signedIn: SignedIn): void {
    const { passReqToCallback = false } = this.options;
    const done: Done = (error, user, info) => {
      if (error) this.error(error as Error);
      else if (user) this.success(user, info as object);
      else this.fail(info, 401);
    };
    const given = loginArguments(signedIn, this.verify.length - (passReqToCallback ? 1 : 0));
    const verify = this.verify as (...parameters: unknown[]) => unknown;
    verify(...(passReqToCallback ? [request] : []), ...given, done);
  }

  private refuse(error: unknown): void {
    if (!(error instanceof OidcError)) this.error(error as Error);
    else if (error.kind === 'unavailable') this.error(new ProviderAway(error));
    else this.fail({ code: error.code, message: error.message }, 401);
  }
}
