import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, testFolder } from '../../libs/testing/dist/index.js';
import { startDaemon } from './daemon.mjs';

/** What the upstream says, as long as a small answer of an API. */
const ANSWER = JSON.stringify({ orders: Array.from({ length: 4 }, (_, id) => ({ id, title: 'A small order' })) });

/** One worker of NGINX, with buffers in a folder of its own and connections that stay open. */
function configured(port, inServer, outside = '') {
  const folder = testFolder('nginx');
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name.replace('client_', ''))};`)
    .join(' ');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `user root; daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  ${temporary} access_log off; keepalive_requests 100000000; ${outside}
  server { listen 127.0.0.1:${port} backlog=1024; ${inServer} }
}
`,
  );
  return ['-c', file, '-e', join(folder, 'error.log')];
}

/** The service behind every proxy: NGINX that says the same to everybody, so that it is never the one that is slow. */
export async function startUpstream(core) {
  const port = await freePort();
  const says = `default_type application/json; location / { return 200 '${ANSWER}'; }`;
  return startDaemon('nginx', configured(port, says), { port, core });
}

/** NGINX as the proxy, alone. */
export async function startNginxProxy(upstream, core) {
  const port = await freePort();
  const behind = `upstream behind { server ${new URL(upstream).host}; keepalive 256; keepalive_requests 100000000; }`;
  const passes = "location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ''; }";
  return startDaemon('nginx', configured(port, passes, behind), { port, core });
}
