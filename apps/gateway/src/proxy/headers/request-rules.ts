/** What becomes of a header of the client's on its way to an upstream. */
export type Rule = 'pass' | 'drop' | 'cookie' | 'authorization' | 'via' | 'trace' | 'content-length';

/** About the connection, not the message (RFC 9110 §7.6.1), and `Expect`, which we answer ourselves. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
];

/** What upstreams and their frameworks believe about who asks, from where, and for what. Only we may say it. */
const PROTECTED = [
  'forwarded',
  'remote-user',
  'remote-groups',
  'remote-name',
  'remote-email',
  'x-remote-user',
  'x-user',
  'x-username',
  'x-email',
  'x-groups',
  'x-roles',
  'x-session',
  'x-tenant-id',
  'x-webauth-user',
  'x-real-ip',
  'x-client-ip',
  'x-host',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'fly-client-ip',
  'x-azure-clientip',
  'x-appengine-user-ip',
  'x-proxyuser-ip',
  'x-request-id',
  'x-request-uri',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-http-host-override',
  'x-https',
  'front-end-https',
  'x-url-scheme',
  // Becomes HTTP_PROXY in CGI programs.
  'proxy',
];

const PROTECTED_PREFIXES = [
  'x-forwarded',
  'x-original-',
  'x-auth-',
  'x-authenticated-',
  'x-user-',
  'x-gatehouse-',
  'x-ms-client-principal',
  'x-ms-token-',
  'x-goog-authenticated-user-',
  'x-amzn-oidc-',
  'x-client-cert',
  'x-ssl-',
  'ssl-client-',
  'x-envoy-',
];

const SPECIAL: Readonly<Record<string, Rule>> = {
  cookie: 'cookie',
  authorization: 'authorization',
  via: 'via',
  // The client's, unless the request leaves spans of ours.
  traceparent: 'trace',
  tracestate: 'trace',
  'content-length': 'content-length',
};

const dropped = new Set([...HOP_BY_HOP, ...PROTECTED]);

/**
 * Names of other than letters, digits and single dashes are dropped whatever they say: CGI, WSGI and PHP write `_`, `.` and `-` alike, so
 * that `X_Forwarded_User` would pass as ours.
 *
 * @param name - in any case
 */
export function ruleOf(name: string): Rule {
  const known = cache.get(name);
  if (known) return known;
  const rule = judge(name.toLowerCase());
  // Clients spell few names; one that invents them must not fill the memory.
  if (cache.size < MAX_CACHED && name.length <= 64) cache.set(name, rule);
  return rule;
}

const MAX_CACHED = 1_000;
const cache = new Map<string, Rule>();

function judge(name: string): Rule {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) || dropped.has(name)) return 'drop';
  if (PROTECTED_PREFIXES.some((prefix) => name.startsWith(prefix))) return 'drop';
  return Object.hasOwn(SPECIAL, name) ? (SPECIAL[name] as Rule) : 'pass';
}
