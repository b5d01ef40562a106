/**
 * What to do about each code: `client` for whoever writes one, `operator` for whoever is asked why. A code without a row, or a row without a
 * code, is a fault of the document.
 */
const ADVICE = {
  TOKEN_MISSING: ['Send `Authorization: Bearer`, or sign in.', 'A proxy that drops the header.'],
  TOKEN_INVALID: [
    'Sign in again; refresh will not help.',
    '`gatehouse explain -` names the check that failed: trust anchor, audience, issuer, clock.',
  ],
  TOKEN_EXPIRED: [
    'Refresh, and send the request again.',
    'Nothing. Many at once: a client that never refreshes ahead.',
  ],
  TOKEN_REVOKED: [
    'Refresh; sign in when that is refused.',
    'Somebody ended it: `gatehouse explain -` tells reason and receipt.',
  ],
  TOKEN_STALE: [
    'Refresh: roles or rights have changed.',
    'Nothing; a change of a role that many have makes one for each.',
  ],
  SESSION_REVOKED: ['Sign in.', 'The audit log says who ended the session and why.'],
  FEED_STALE: [
    'Wait for `Retry-After`, send it again. Keep the tokens.',
    'The service does not hear of ended sessions: [runbook](runbooks/feed-lag.md).',
  ],
  VALIDATION_ERROR: [
    'Mend the fields named in `details`.',
    'Nothing. After an upgrade: compare with the OpenAPI file.',
  ],
  WEAK_PASSWORD: ['Ask for another; `details` says what is missing.', '[Rules](auth/passwords.md).'],
  PASSWORD_REUSED: ['Ask for another.', 'Nothing.'],
  RESET_TOKEN_INVALID: ['Offer to send another letter.', 'Links end after a while, and once used.'],
  VERIFY_TOKEN_INVALID: ['Offer to send another letter.', 'Links end after a while, and once used.'],
  RESTORE_TOKEN_INVALID: [
    'Tell the person; the time to restore is over.',
    'An administrator may set the address again.',
  ],
  BREACHED_PASSWORD: ['Ask for another.', '[Known breaches](auth/passwords.md#known-breaches).'],
  INVALID_SESSION_ID: ['Send the id as it was given.', 'Nothing.'],
  EXPIRY_OUT_OF_RANGE: ['Choose an end within what `details` allows.', '[How long sessions last](auth/sessions.md).'],
  OAUTH_STATE: [
    'Begin the sign-in again.',
    'Often: cookies that do not come back, another host name, a clock that is off.',
  ],
  LOGOUT_TOKEN_INVALID: [
    'For identity providers: check key, audience, `jti`.',
    'The log names the check. [Providers](auth/federation.md).',
  ],
  UNKNOWN_ROLE: ['Choose a role from the list of roles.', 'Define it first. [Roles](auth/roles.md).'],
  INVALID_CREDENTIALS: ['Let the person try again. It does not say which of the two is wrong.', 'The audit log does.'],
  SESSION_EXPIRED: ['Sign in.', 'Idle or absolute time is over. [Sessions](auth/sessions.md).'],
  REFRESH_INVALID: [
    'Sign in.',
    'Made up, or of another installation; after a change of `KEY_ENCRYPTION_KEY`: a step was left out.',
  ],
  REFRESH_EXPIRED: ['Sign in.', 'Nothing.'],
  REFRESH_REUSE_DETECTED: [
    'Sign in. Do not send one refresh token twice.',
    'One: a client that lost an answer. Many: [runbook](runbooks/refused-tokens.md).',
  ],
  FORBIDDEN: ['Do not offer it to this person.', 'Roles and scopes of the route. [Roles](auth/roles.md).'],
  STEP_UP_REQUIRED: ['Have the person sign in again, then repeat.', 'The route wants a recent sign-in.'],
  CSRF_FAILED: [
    'Send the CSRF header from a page of an allowed origin.',
    '[Cookies](auth/cookies.md): allowed origins.',
  ],
  BEYOND_OWN_RIGHTS: ['Ask somebody who has these rights.', 'Nobody can give what they do not have.'],
  SESSION_NOT_OWNED: ['Leave `X-Session-ID` out, or send your own.', 'Nothing.'],
  ACCOUNT_DISABLED: ['Tell the person whom to ask.', 'An administrator disabled it; see the audit log.'],
  EMAIL_NOT_VERIFIED: ['Offer to send the letter again.', 'Do letters leave? [Runbook](runbooks/mail.md).'],
  PASSWORD_RESET_REQUIRED: ['Lead to setting a new password.', 'The account was imported or reset so.'],
  IDENTITY_REFUSED: [
    'Tell the person; another identity may work.',
    'The log names the check: tenant, audience, address not verified.',
  ],
  LOGIN_DENIED: [
    'Let the person begin again.',
    'The provider said no: consent, assignment. [Runbook](runbooks/gateway-provider-down.md).',
  ],
  SIGN_UP_CLOSED: [
    'Tell the person whom to ask.',
    'Accounts are made by administrators here. [Providers](auth/federation.md).',
  ],
  NOT_FOUND: ['Check the address.', '`/metrics` and `/docs` are for inside networks only.'],
  SESSION_NOT_FOUND: ['Read the list again.', 'It has ended.'],
  DEVICE_NOT_FOUND: ['Read the list again.', 'Nothing.'],
  PROVIDER_NOT_FOUND: ['Offer the providers there are.', '`IDENTITY_PROVIDERS`, or `providers` of the gateway.'],
  IDENTITY_NOT_FOUND: ['Read the list again.', 'Nothing.'],
  USER_NOT_FOUND: ['Read the list again.', 'Nothing.'],
  ROLE_NOT_FOUND: ['Read the list again.', 'Nothing.'],
  ORDER_NOT_FOUND: ['Read the list again.', 'Nothing; orders of others look the same.'],
  METHOD_NOT_ALLOWED: ['Use a method from `Allow`.', 'Nothing.'],
  REQUEST_TIMEOUT: ['Send it again, faster.', 'A slow line, or somebody who holds connections.'],
  CONFLICT: ['Read again, then repeat.', 'Nothing.'],
  EMAIL_TAKEN: ['Offer to sign in, or to set a new password.', '`SIGNUP_ENUMERATION_SAFE` hides who has an account.'],
  LINK_REQUIRED: [
    'Have the person sign in and link the identity.',
    'Never linked by address: [why](adr/0016-an-address-links-nobody.md).',
  ],
  IDENTITY_TAKEN: ['Tell the person it belongs to another account.', 'The audit log says since when.'],
  LAST_CREDENTIAL: ['Have the person set a password first.', 'Nothing.'],
  SESSION_LIMIT: [
    'Show the sessions and let the person end one.',
    '`MAX_SESSIONS_PER_USER` and what happens beyond it: [sessions](auth/sessions.md).',
  ],
  LAST_ADMIN: ['Make somebody else an administrator first.', 'Nothing.'],
  ROLE_EXISTS: ['Choose another name.', 'Nothing.'],
  ROLE_IN_USE: ['Take it from everybody first.', 'Nothing.'],
  ROLE_TOO_WIDE: ['Make a new role and move people to it.', '[Roles](auth/roles.md).'],
  POLICY_CHANGED: ['Read the policy again, then repeat with its version.', 'Two administrators at once.'],
  NOT_IMPERSONATING: ['Nothing to end.', 'Nothing.'],
  COOKIE_TOO_LARGE: ['Take the tokens in the body.', 'Fewer roles for each person. [Cookies](auth/cookies.md).'],
  IDEMPOTENCY_KEY_REUSED: ['A new key for a new request.', 'Nothing.'],
  REQUEST_IN_PROGRESS: ['Wait a moment, repeat with the same key.', 'Nothing.'],
  PAYLOAD_TOO_LARGE: ['Send less.', 'The limit of the route; of NGINX, `client_max_body_size`.'],
  URI_TOO_LONG: ['Put it into the body.', 'Nothing.'],
  UNSUPPORTED_MEDIA_TYPE: ['`Content-Type: application/json`.', 'Nothing.'],
  EXPECTATION_FAILED: ['Leave `Expect` out.', 'Nothing.'],
  RATE_LIMITED: [
    'Wait for `Retry-After`.',
    '[Limits](auth/limits.md). Everybody at once: proxies missing from `TRUSTED_PROXIES`.',
  ],
  LOGIN_LOOP: [
    'Stop; show the person what to tell support.',
    'Signed in and out again at once: [trouble](gateway/sessions.md#trouble).',
  ],
  HEADERS_TOO_LARGE: ['Send fewer cookies.', '`server.headerLimitBytes` of the gateway.'],
  INTERNAL_ERROR: [
    'Send it again once; then report the `request_id`.',
    'A fault of ours: the log has it under the same id.',
  ],
  MAIL_NOT_SET_UP: ['Do not offer it.', '[Mail](auth/mail.md).'],
  PROVIDER_NOT_BELIEVED: [
    'Begin again later.',
    'The log names the check. [Runbook](runbooks/gateway-provider-down.md).',
  ],
  SESSION_ERROR: ['Wait for `Retry-After`, repeat. Keep the tokens.', 'Redis: [runbook](runbooks/redis-down.md).'],
  DEGRADED_UNAVAILABLE: ['Wait for `Retry-After`, repeat.', 'MySQL: [runbook](runbooks/mysql-down.md).'],
  OVERLOADED: [
    'Wait for `Retry-After`, with some chance in it.',
    'Too many passwords: [runbook](runbooks/hashing-overload.md).',
  ],
  UPSTREAM_FAILED: ['Repeat what may be repeated.', 'The service broke off: [runbook](runbooks/gateway-upstream.md).'],
  UPSTREAM_UNAVAILABLE: [
    'Wait for `Retry-After`, repeat.',
    'No target is left: [runbook](runbooks/gateway-upstream.md).',
  ],
  UPSTREAM_TIMEOUT: ['Repeat what may be repeated.', 'The service is slow: [runbook](runbooks/slow-service.md).'],
  PROVIDER_UNAVAILABLE: [
    'Offer another way to sign in, or try later.',
    '[Runbook](runbooks/gateway-provider-down.md).',
  ],
  NOT_READY: ['Try later.', '`/ready` says what is missing: [runbook](runbooks/service-down.md).'],
};

const INTRO = `# Troubleshooting by error code

<!-- Written by \`npm run docs:write\` from the codes and tools/docs/error-codes.mjs. Do not edit. -->

Every failure has a stable code in \`error.code\`, and the id of the request in \`error.request_id\` and \`X-Request-ID\`: look for it in the log. Sentences may
change; codes do not. Endpoints of standards (OAuth, OpenID Connect) answer with the codes of their standard.

401 means: not with these credentials. 503 means: not now; whoever is signed in still is, so keep the tokens and come back when \`Retry-After\` says.
What to do when something is down stands in the [runbooks](runbooks/README.md); \`npx gatehouse doctor\` looks at a whole set-up.
`;

/**
 * @param {readonly string[]} codes - every code there is
 * @param {Readonly<Record<string, { status: number, sentence: string }>>} problems
 * @returns {{ text: string, faults: string[] }}
 */
export function renderErrorCodes(codes, problems) {
  const faults = [
    ...codes
      .filter((code) => !ADVICE[code])
      .map((code) => `tools/docs/error-codes.mjs does not say what to do about ${code}`),
    ...Object.keys(ADVICE)
      .filter((code) => !codes.includes(code))
      .map((code) => `tools/docs/error-codes.mjs tells of ${code}, which is none`),
  ];
  const known = codes.filter((code) => ADVICE[code]).sort((a, b) => problems[a].status - problems[b].status);
  const rows = known.map((code) => {
    const [client, operator] = ADVICE[code];
    const { status, sentence } = problems[code];
    return `| ${status} | <a id="${code}"></a>\`${code}\` | ${sentence} | ${client} | ${operator} |`;
  });
  const head = [
    '| Status | Code | It says | A client does | An operator looks at |',
    '| --- | --- | --- | --- | --- |',
  ];
  return { text: `${INTRO}\n${[...head, ...rows].join('\n')}\n`, faults };
}
