import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, testFolder } from '../../libs/testing/dist/index.js';
import { startDaemon } from './daemon.mjs';
import { get } from './sign-in.mjs';

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'proxy', 'proxy_http'];

/**
 * Debian's Apache with mod_auth_openidc as a gateway: a session cookie, sessions in Redis. Its provider is like that of the stage, but
 * speaks https, since the module takes no other.
 */
export async function startApache({ upstream, redisUrl }, core) {
  const provider = await startProvider();
  const folder = testFolder('apache');
  chmodSync(folder, 0o755);
  const port = await freePort();
  const redis = new URL(redisUrl);
  const file = join(folder, 'apache.conf');
  writeFileSync(
    file,
    `${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
ServerName localhost
User www-data
Group www-data
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
OIDCProviderIssuer ${provider.issuer()}
OIDCProviderAuthorizationEndpoint ${provider.metadata.authorization_endpoint}
OIDCProviderTokenEndpoint ${provider.metadata.token_endpoint}
OIDCProviderTokenEndpointAuth client_secret_post
OIDCProviderJwksUri ${provider.metadata.jwks_uri}
OIDCSSLValidateServer Off
OIDCClientID ${provider.clientId}
OIDCClientSecret ${provider.clientSecret}
OIDCRedirectURI http://localhost:${port}/redirect_uri
OIDCPKCEMethod S256
OIDCCryptoPassphrase a-passphrase-of-a-benchmark-only
OIDCSessionType server-cache
OIDCCacheType redis
OIDCRedisCacheServer ${redis.host}
<Location "/">
  AuthType openid-connect
  Require valid-user
  ProxyPass ${upstream}/ keepalive=On
</Location>
`,
  );
  const server = await startDaemon('apache2', ['-DFOREGROUND', '-f', file], { port, core });
  const stop = async () => {
    await server.stop();
    await provider.close();
  };
  return { ...server, url: `http://localhost:${port}`, stop };
}

async function startProvider() {
  const { startScriptedProvider } = await import(
    new URL('../../libs/oidc/dist/testing/index.js', import.meta.url).href
  );
  const folder = testFolder('tls');
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ];
  const about = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...made, ...about], { stdio: 'pipe' });
  const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  const provider = await startScriptedProvider({ tls });
  provider.people.add({ handle: 'ada' });
  const { text } = await get(new URL(`${provider.origin}/.well-known/openid-configuration`));
  return Object.assign(provider, { metadata: JSON.parse(text) });
}
