/** What can be pasted into a shell: one session from sign-up to being refused. Plain sh and curl. */
export function curlSession(authUrl, ordersUrl) {
  return `AUTH=${authUrl} ORDERS=${ordersUrl}
post() { curl -s -w '  (%{http_code})\\n' -X POST -H 'Content-Type: application/json' "$@"; }
ME='{"email":"ada@example.com","password":"correct horse battery"}'

post $AUTH/api/v1/auth/signup -d "$ME"                # 201, or 409 the second time
TOKEN=$(post $AUTH/api/v1/auth/signin -d "$ME" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
call() { curl -s -w '  (%{http_code})\\n' -H "Authorization: Bearer $TOKEN" "$@"; }

call $ORDERS/api/orders                               # 200
call -X POST $AUTH/api/v1/auth/signout                # 200
call $ORDERS/api/orders                               # 401 SESSION_REVOKED`;
}

/** The ready block, for people. */
export function welcome({ auth, orders, gateway, idp, signIn, leftOut, stores, logs }) {
  const behind = gateway
    ? `  gateway  ${gateway}    ${signIn}
  idp      ${idp}    development only: anybody may be anybody\n`
    : '';
  const click = signIn ? `Open ${signIn} in a browser: it sends you to sign in, and back.` : leftOut;
  return `
Gatehouse is ready.

  auth     ${auth}    ${auth}/docs
  orders   ${orders}    ${orders}/docs
${behind}  stores   ${stores}
  logs     ${logs.join(' ')}

${click}

Or paste this into another terminal:

${curlSession(auth, orders).replaceAll(/^(?=.)/gm, '  ')}

Ctrl-C ends everything.
`;
}
