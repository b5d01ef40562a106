import { type Child, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { startDaemon, writeSubstituted } from './daemon.js';
import type { GatewaySite } from './gateway-site.js';

/** Debian's Caddy with the example of the repository in front of an upstream, asking the gateways; only ports, names and paths are put in. */
export async function startCaddy({ gateways, certificate, upstream }: GatewaySite, port: number): Promise<Child> {
  const folder = testFolder('caddy');
  const [first, second] = gateways;
  const { certFile, keyFile } = certificate;
  // Its certificate is ours, and nothing else on this machine is to be listened on or written to.
  const globals = '{\n\tadmin off\n\tauto_https off\n}';
  const config = writeSubstituted(
    'examples/forward-auth/Caddyfile',
    {
      'app.example.com {': `${globals}\nhttps://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${certFile} ${keyFile}`,
      'gateway-1:8082': `127.0.0.1:${first?.port}`,
      'gateway-2:8082': `127.0.0.1:${second?.port}`,
      'orders:8081': new URL(upstream.url).host,
    },
    join(folder, 'Caddyfile'),
  );
  const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  return startDaemon('caddy', ['run', '--adapter', 'caddyfile', '--config', config], port, env);
}
