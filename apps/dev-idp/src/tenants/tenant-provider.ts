import { Provider, interactionPolicy, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { listOf, type DevIdpSettings } from '../config/dev-idp.config.js';
import type { DevKeys } from '../keys/dev-keys.js';
import { problemPage, signedOutPage, signOutPage, stillSignedInPage } from '../pages/pages.js';
import { claimsOf, people, personHinted, subjectOf } from '../people/people.js';
import { entraShaped } from './entra-shape.js';
import { FrontChannel } from './front-channel.js';

export interface Tenant {
  readonly id: string;
  readonly provider: Provider;
}

/** The provider of one tenant. It knows that tenant's people only, and is Entra's issuer for them. */
export function tenantProvider(id: string, origin: string, settings: DevIdpSettings, keys: DevKeys): Tenant {
  const provider = new Provider(`${origin}/${id}/v2.0`, configuration(id, settings, keys));
  // The origin is fixed by whoever leads requests here; the scheme it names is the one people see.
  provider.proxy = true;
  // As at Entra with its optional claim. The library writes it only for applications with a back channel.
  provider.Client.prototype.includeSid = () => true;
  const frontChannel = new FrontChannel(provider.issuer, applicationsInFrames(settings));
  provider.use(async (context, next) => {
    await next();
    entraShaped(context as KoaContextWithOIDC, origin, id);
    frontChannel.putInBetween(context as KoaContextWithOIDC);
  });
  provider.on('backchannel.error', (_context, error) => {
    process.stderr.write(`The application did not take a logout token: ${error.message}\n`);
  });
  return { id, provider };
}

function configuration(tenantId: string, settings: DevIdpSettings, { jwks, cookieKey }: DevKeys): Configuration {
  const { CLIENT_ID, ACCESS_TOKEN_TTL_SECONDS, ROTATE_REFRESH_TOKENS } = settings;
  const cookies = (name: string) => `dev_idp_${name}_${tenantId.slice(-2)}`;
  return {
    clients: [client(settings)],
    jwks,
    cookies: {
      keys: [cookieKey],
      names: { session: cookies('session'), interaction: cookies('interaction'), resume: cookies('resume') },
    },
    routes: {
      authorization: '/oauth2/v2.0/authorize',
      token: '/oauth2/v2.0/token',
      jwks: '/discovery/v2.0/keys',
      end_session: '/oauth2/v2.0/logout',
      userinfo: '/oidc/userinfo',
    },
    // Entra puts them into the ID token, whatever else is asked for.
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'oid', 'tid', 'ver', 'roles', 'name', 'preferred_username', 'login_hint'],
      profile: [],
      email: ['email'],
      auth_time: null,
      sid: null,
    },
    discovery: { frontchannel_logout_supported: true, frontchannel_logout_session_supported: true },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_post'],
    extraParams: ['person'],
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      backchannelLogout: { enabled: settings.BACKCHANNEL_LOGOUT_URI !== undefined },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = signOutPage(form, namesWhoeverIsSignedIn(context, CLIENT_ID));
        },
        postLogoutSuccessSource: (context) => {
          // The library names the application here only after `Stay signed in`.
          context.body = context.oidc.client ? stillSignedInPage() : signedOutPage();
        },
      },
    },
    interactions: { policy: policy(), url: (_context, { uid }) => `/${tenantId}/interaction/${uid}` },
    pkce: { required: () => true },
    // As at Entra, which asks nobody again for what an administrator has consented to.
    loadExistingGrant: consented,
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    rotateRefreshToken: ROTATE_REFRESH_TOKENS,
    findAccount: (_context, subject) => {
      const person = people.find((one) => one.tenantId === tenantId && subjectOf(one, CLIENT_ID) === subject);
      return person && { accountId: subject, claims: async () => claimsOf(person, CLIENT_ID) };
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_TTL_SECONDS,
      IdToken: ACCESS_TOKEN_TTL_SECONDS,
      AuthorizationCode: 60,
      Interaction: 600,
      Session: 86_400,
      Grant: 14 * 86_400,
      RefreshToken: 14 * 86_400,
    },
    // The library keeps calls off loopback addresses. The one call there is goes where the configuration says, which on this
    // machine is such an address.
    fetch: (address, options) => {
      const { signal, method, headers, body, redirect } = options ?? {};
      return fetch(address, { signal, method, headers, body, redirect });
    },
    renderError: (context, { error, error_description }) => {
      context.type = 'html';
      context.body = problemPage(error, error_description ?? 'The request was not understood.');
    },
  };
}

function client(settings: DevIdpSettings) {
  return {
    client_id: settings.CLIENT_ID,
    client_secret: settings.CLIENT_SECRET.reveal(),
    redirect_uris: [...listOf(settings.REDIRECT_URIS)],
    post_logout_redirect_uris: [...listOf(settings.POST_LOGOUT_REDIRECT_URIS)],
    response_types: ['code' as const],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post' as const,
    id_token_signed_response_alg: 'RS256' as const,
    require_auth_time: true,
    ...(settings.BACKCHANNEL_LOGOUT_URI === undefined
      ? {}
      : { backchannel_logout_uri: settings.BACKCHANNEL_LOGOUT_URI, backchannel_logout_session_required: true }),
  };
}

function applicationsInFrames({ CLIENT_ID, FRONTCHANNEL_LOGOUT_URI }: DevIdpSettings): ReadonlyMap<string, string> {
  return new Map(FRONTCHANNEL_LOGOUT_URI === undefined ? [] : [[CLIENT_ID, FRONTCHANNEL_LOGOUT_URI]]);
}

function policy(): interactionPolicy.DefaultPolicy {
  const prompts = interactionPolicy.base();
  prompts.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return prompts;
}

async function consented(context: KoaContextWithOIDC) {
  const { client: asking, session, provider } = context.oidc;
  if (!asking || !session?.accountId) return undefined;
  const before = session.grantIdFor(asking.clientId);
  const grant =
    (before === undefined ? undefined : await provider.Grant.find(before)) ??
    new provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
}

/** Entra skips its question where `logout_hint` says whom the application means. */
function namesWhoeverIsSignedIn({ oidc }: KoaContextWithOIDC, clientId: string): boolean {
  const hinted = personHinted(String(oidc.params?.['logout_hint'] ?? ''));
  return hinted !== undefined && subjectOf(hinted, clientId) === oidc.session?.accountId;
}
