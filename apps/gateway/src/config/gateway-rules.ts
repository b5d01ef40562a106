import type { FaultPath } from './config-fault.js';
import type { Findings } from './findings.js';
import type { GatewayEnvironment } from './gateway.config.js';
import { unknownName } from './route-settings.js';
import type { GatewayFile } from './schema/gateway-file.schema.js';

/** What one member of the file says of another, and what production forbids. Routes have their own rules. */
export function checkGateway(file: GatewayFile, env: GatewayEnvironment, findings: Findings): void {
  const production = env.NODE_ENV === 'production';
  checkPublicUrl(file.server.publicUrl, production, findings);
  checkStore(file, production, findings);
  checkCookie(file, findings);
  for (const [name, { allowInsecure }] of Object.entries(file.providers)) {
    if (!production || !allowInsecure) continue;
    findings.fault(
      ['providers', name, 'allowInsecure'],
      'must be left out in production: it takes providers over plain http',
    );
  }
  checkLogin(file, findings);
  if (file.forwardAuth && (env.TRUSTED_PROXIES ?? file.server.trustedProxies).length === 0) {
    const message = 'needs server.trustedProxies: whoever else asks could name any address as the one asked for';
    findings.fault(['forwardAuth'], message);
  }
  checkTargets(file, findings);
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname);
}

function checkPublicUrl(publicUrl: URL, production: boolean, findings: Findings): void {
  if (publicUrl.protocol === 'https:') return;
  const path: FaultPath = ['server', 'publicUrl'];
  if (production) findings.fault(path, 'must begin with https:// in production: the session cookie travels over it');
  else if (!isLoopback(publicUrl)) {
    findings.fault(
      path,
      'must begin with https://; http:// is for addresses of this machine, such as http://localhost:8080',
    );
  }
}

function checkStore({ session, server }: GatewayFile, production: boolean, findings: Findings): void {
  const path: FaultPath = ['session', 'store'];
  if (session.store === 'memory' && !session.allowMemory) {
    if (production)
      findings.fault(path, 'must be redis in production; or say allowMemory: true, and sessions end with the process');
    if (server.replicas > 1) {
      const message =
        'must be redis where replicas is more than 1: people would be asked to sign in again by every other gateway';
      findings.fault(path, message);
    }
  }
  if (session.store === 'memory')
    findings.note(path, 'is memory: sessions end with this process, and no other gateway knows them');
  if (session.store === 'redis' && (session.keys ?? []).length === 0) {
    findings.fault(
      ['session', 'keys'],
      'is missing: a key that seals the tokens in Redis, such as file:/run/secrets/gateway-key',
    );
  }
  if (session.idle > session.absolute) findings.fault(['session', 'idle'], 'must not be longer than absolute');
}

/** Browsers drop a cookie that breaks the rules of its prefix (RFC 6265bis), and people would sign in over and over. */
function checkCookie({ session: { cookie }, server: { publicUrl } }: GatewayFile, findings: Findings): void {
  if (cookie === undefined) return;
  const path: FaultPath = ['session', 'cookie'];
  const isSecure = publicUrl.protocol === 'https:';
  if (!/^[A-Za-z0-9_-]+$/.test(cookie)) findings.fault(path, 'must consist of letters, digits, - and _');
  else if (isSecure && !/^__Host-./.test(cookie))
    findings.fault(path, 'must begin with __Host-: no other host may set it');
  else if (!isSecure && /^__(Host|Secure)-/i.test(cookie)) {
    findings.fault(path, 'must not begin with __Host- on http://: browsers drop it');
  } else if (/-login$/.test(cookie))
    findings.fault(path, 'must not end in -login: that is the cookie of a login under way');
}

function checkLogin({ login, providers }: GatewayFile, findings: Findings): void {
  if (login !== undefined && !Object.hasOwn(providers, login)) {
    findings.fault(['login'], unknownName(providers, 'provider'));
  }
}

function checkTargets({ upstreams, routes }: GatewayFile, findings: Findings): void {
  const used = new Set(routes.map(({ upstream }) => upstream));
  for (const [name, { targets }] of Object.entries(upstreams)) {
    const seen = new Set<string>();
    for (const [index, { origin }] of targets.entries()) {
      if (seen.has(origin)) findings.fault(['upstreams', name, 'targets', index], 'stands twice');
      seen.add(origin);
    }
    if (!used.has(name)) findings.note(['upstreams', name], 'is used by no route');
  }
  for (const [index, { auth, match }] of routes.entries()) {
    if (auth === 'none' && match.path === '/**')
      findings.note(['routes', index], 'lets everybody in to whatever no other route takes');
  }
}
