/** Where the routes of this room lie, as they are registered. */
export const OAUTH_PATH = '/api/v1/auth/oauth';
export const INTERNAL_SIGN_IN_PATH = '/api/v1/internal/federated-sign-in';
export const INTERNAL_SIGN_OUT_PATH = '/api/v1/internal/federated-sign-out';
export const INTERNAL_ROLES_PATH = '/api/v1/internal/federated-roles';
/** Called by providers, in bursts when many people leave. */
export const BACKCHANNEL_PATH = `${OAUTH_PATH}/:provider/backchannel-logout`;
/** Security events of providers, likewise. */
export const EVENTS_PATH = `${OAUTH_PATH}/:provider/events`;

/** Scope of service accounts that may hand in what providers have signed. */
export const FEDERATION_SCOPE = 'federation';
