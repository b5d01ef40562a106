import type { IncomingMessage, ServerResponse } from 'node:http';
import { HOME_TENANT, listOf, OTHER_TENANT, type DevIdpSettings } from '../config/dev-idp.config.js';
import type { DevKeys } from '../keys/dev-keys.js';
import { contentSecurityPolicy } from '../pages/layout.js';
import { chooseTenantPage, homePage, problemPage } from '../pages/pages.js';
import { people, personHinted } from '../people/people.js';
import { ANY_TENANT, tenantOf } from '../tenants/any-tenant.js';
import { tenantProvider, type Tenant } from '../tenants/tenant-provider.js';
import { formBody } from './form-body.js';
import { sendPage } from './send-page.js';
import { SignIn } from './sign-in.js';

/** Leads each request to a page of ours or to the provider of its tenant. */
export class FrontDesk {
  private readonly tenants: readonly Tenant[];
  private readonly home: Tenant;
  private readonly signIn: SignIn;
  private readonly policy: string;
  private readonly host: string;

  constructor(
    private readonly origin: string,
    private readonly settings: DevIdpSettings,
    keys: DevKeys,
  ) {
    this.home = tenantProvider(HOME_TENANT, origin, settings, keys);
    this.tenants = [this.home, tenantProvider(OTHER_TENANT, origin, settings, keys)];
    this.signIn = new SignIn(settings.CLIENT_ID);
    const targets = [...listOf(settings.REDIRECT_URIS), ...listOf(settings.POST_LOGOUT_REDIRECT_URIS)];
    this.policy = contentSecurityPolicy({ forms: targets.map((address) => new URL(address).origin) });
    this.host = new URL(origin).host;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.setHeaders(response);
    const target = request.url ?? '/';
    // HTTP carries targets that are no URL, such as `//[`; and `//host/` would be another one's.
    if (!target.startsWith('/') || target.startsWith('//') || !URL.canParse(target, this.origin)) {
      sendPage(response, 400, problemPage('bad_target', 'The address was not understood.'));
      return;
    }
    const url = new URL(target, this.origin);
    if (url.pathname === '/health') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
      return;
    }
    // A foreign page whose name leads to loopback (DNS rebinding) comes with a foreign Host.
    if (request.headers.host !== this.host) {
      sendPage(response, 421, problemPage('wrong_host', `Ask for ${this.origin}.`));
      return;
    }
    this.pinForwarding(request);
    const [, segment = '', rest = '/'] = /^\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
    const tenant = this.tenants.find(({ id }) => id === segment);
    if (tenant) await this.atTenant(tenant, rest, url, request, response);
    else if (ANY_TENANT.includes(segment)) await this.atAnyTenant(segment, rest, url, request, response);
    else if (url.pathname === '/') sendPage(response, 200, this.homePage());
    else sendPage(response, 404, problemPage('not_found', 'There is nothing here.'));
  }

  private async atTenant(
    tenant: Tenant,
    path: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (path.startsWith('/interaction/')) {
      await this.signIn.run(tenant, request, response);
      return;
    }
    // Entra takes a return address without being told the application; the library does not.
    if (
      path === '/oauth2/v2.0/logout' &&
      !url.searchParams.has('id_token_hint') &&
      !url.searchParams.has('client_id')
    ) {
      url.searchParams.set('client_id', this.settings.CLIENT_ID);
    }
    request.url = `${path.replace(/^\/v2\.0(?=\/\.well-known\/)/, '')}${url.search}`;
    // From this the library reads below which path it stands.
    Object.assign(request, { originalUrl: `/${tenant.id}${request.url}` });
    await tenant.provider.callback()(request, response);
  }

  private async atAnyTenant(
    segment: string,
    path: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (path === '/oauth2/v2.0/authorize') {
      const named = people.find(({ handle }) => handle === url.searchParams.get('person'));
      const href = ({ tenantId, handle }: (typeof people)[number]) => {
        const query = new URLSearchParams(url.searchParams);
        query.set('person', handle);
        return `/${tenantId}${path}?${query.toString()}`;
      };
      if (named) response.writeHead(303, { location: href(named) }).end();
      else sendPage(response, 200, chooseTenantPage(people.map((person) => ({ person, href: href(person) }))));
      return;
    }
    let tenant = this.home;
    if (path === '/oauth2/v2.0/token') {
      const form = (await formBody(request)) ?? new URLSearchParams();
      tenant = (await tenantOf(form, this.tenants)) ?? this.home;
      Object.assign(request, { body: form.toString() });
    } else if (path === '/oauth2/v2.0/logout') {
      const hinted = personHinted(url.searchParams.get('logout_hint'));
      tenant = this.tenants.find(({ id }) => id === hinted?.tenantId) ?? this.home;
    }
    Object.assign(request, { anyTenant: segment });
    await this.atTenant(tenant, path, url, request, response);
  }

  private homePage(): string {
    const { CLIENT_ID, REDIRECT_URIS } = this.settings;
    const facts = {
      Authority: this.origin,
      'Tenant of the application': HOME_TENANT,
      'Tenant of somebody else': OTHER_TENANT,
      Issuer: `${this.origin}/${HOME_TENANT}/v2.0`,
      'For people of each tenant': `${this.origin}/organizations/v2.0`,
      'Client id': CLIENT_ID,
      'Redirect URIs': REDIRECT_URIS,
    };
    return homePage(facts, people, `/${HOME_TENANT}/oauth2/v2.0/logout`);
  }

  private setHeaders(response: ServerResponse): void {
    response.setHeader('content-security-policy', this.policy);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cache-control', 'no-store');
  }

  /** What the library writes into addresses comes from the configuration, not from a header. */
  private pinForwarding({ headers }: IncomingMessage): void {
    delete headers['x-forwarded-host'];
    delete headers['x-forwarded-for'];
    headers['x-forwarded-proto'] = this.origin.split(':')[0] ?? 'http';
  }
}
