import type { Answer } from './answer.js';
import type { Lie } from './lies.js';
import type { People, Person } from './people.js';
import type { Script } from './provider-options.js';
import type { ProviderAddresses } from './provider-addresses.js';
import type { ProviderSessions } from './provider-sessions.js';
import type { ProviderSession, ProviderTokenWriter } from './provider-tokens.js';
import type { RecordedRequest } from './recorded-request.js';

const COOKIE = 'scripted_sid';

/** Sends the browser straight back, signed in as the chosen person. No page, no password. */
export class AuthorizeEndpoint {
  constructor(
    private readonly script: Script,
    private readonly addresses: ProviderAddresses,
    private readonly people: People,
    private readonly sessions: ProviderSessions,
    private readonly tokens: ProviderTokenWriter,
  ) {}

  answer({ form, headers }: RecordedRequest, lie: Lie): Answer {
    const redirectUri = form.get('redirect_uri') ?? '';
    // Never to an address nobody registered (RFC 6749, section 4.1.2.1).
    if (!this.isRegistered(redirectUri)) return page('The redirect_uri is not registered.');
    if (form.get('client_id') !== this.script.clientId) return page('The client is not known.');
    const back = (parameters: Record<string, string | undefined>): Answer =>
      this.back(redirectUri, form, { ...parameters, ...lie.callback });

    const error = lie.error ?? this.mistake(form);
    if (error) return back({ error, error_description: lie.errorDescription ?? 'scripted' });
    const hint = form.get('login_hint');
    const person = (hint === null ? undefined : this.people.find(hint)) ?? this.people.current();
    if (!person || this.people.isDisabled(person)) return back({ error: 'access_denied' });

    const before = this.sessionOf(headers.cookie, person, form);
    if (!before && form.get('prompt') === 'none') return back({ error: 'login_required' });
    const session = before ?? this.sessions.open(person, this.script.nowMs());
    return { ...back(this.granted(session, redirectUri, form, lie)), headers: cookie(session, this.addresses.origin) };
  }

  private granted(session: ProviderSession, redirectUri: string, form: URLSearchParams, lie: Lie) {
    const types = (form.get('response_type') ?? '').split(' ');
    const nonce = form.get('nonce') ?? undefined;
    const code = types.includes('code')
      ? this.sessions.newCode({
          session,
          scope: form.get('scope') ?? '',
          redirectUri,
          nonce,
          codeChallenge: form.get('code_challenge') ?? undefined,
        })
      : undefined;
    const idToken = types.includes('id_token') ? this.tokens.idToken(session, { nonce, code }, lie.idToken) : undefined;
    return { code, id_token: idToken };
  }

  private back(redirectUri: string, form: URLSearchParams, given: Record<string, string | undefined>): Answer {
    const parameters = {
      state: form.get('state') ?? undefined,
      // RFC 9207. Entra does not send it.
      iss: this.script.kind === 'generic' ? this.addresses.issuer() : undefined,
      ...given,
    };
    const entries = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    if (form.get('response_mode') === 'form_post') return formPost(redirectUri, entries);
    const target = new URL(redirectUri);
    if (form.get('response_mode') === 'fragment') target.hash = new URLSearchParams(entries).toString();
    else for (const [name, value] of entries) target.searchParams.append(name, value);
    return { redirectTo: target.href };
  }

  private mistake(form: URLSearchParams): string | undefined {
    if (!/^(code|id_token|code id_token)$/.test(form.get('response_type') ?? '')) return 'unsupported_response_type';
    if (!(form.get('scope') ?? '').split(' ').includes('openid')) return 'invalid_scope';
    const challenge = form.get('code_challenge');
    if (challenge === null) return this.script.pkce === 'required' ? 'invalid_request' : undefined;
    return form.get('code_challenge_method') === 'S256' ? undefined : 'invalid_request';
  }

  private isRegistered(redirectUri: string): boolean {
    return URL.canParse(redirectUri) && (this.script.redirectUris?.includes(redirectUri) ?? true);
  }

  /** The session of this browser, if it is good enough for what is asked (`prompt`, `max_age`). */
  private sessionOf(cookies: string | undefined, person: Person, form: URLSearchParams): ProviderSession | undefined {
    const sid = sidOfCookie(cookies);
    const session = sid === undefined ? undefined : this.sessions.find(sid);
    if (session?.person.handle !== person.handle || form.get('prompt') === 'login') return undefined;
    const maxAge = form.get('max_age');
    const ageMs = this.script.nowMs() - session.authTimeMs;
    return maxAge !== null && ageMs > Number(maxAge) * 1000 ? undefined : session;
  }
}

/** The provider's own session of this browser. */
export function sidOfCookie(cookies: string | undefined): string | undefined {
  return new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(cookies ?? '')?.[1];
}

function cookie({ sid }: ProviderSession, origin: string): Record<string, string> {
  return { 'set-cookie': `${COOKIE}=${sid}; Path=/; HttpOnly${origin.startsWith('https') ? '; Secure' : ''}` };
}

function page(sentence: string): Answer {
  return { status: 400, html: `<!doctype html><title>Refused</title><p>${sentence}</p>` };
}

function formPost(action: string, entries: readonly [string, string][]): Answer {
  const fields = entries.map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return {
    html: `<!doctype html><title>Back</title><body onload="document.forms[0].submit()"><form method="post" action="${escaped(action)}">${fields.join('')}</form>`,
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
