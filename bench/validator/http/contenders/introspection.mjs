import { Agent, request as ask } from 'node:http';
import { guardBy, nestApp } from '../nest-app.mjs';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Asks the auth service about each token (RFC 7662). That service is a table in memory here, on the other core. */
export async function start({ introspectionUrl }) {
  const Guard = guardBy(async (token) => {
    const { active, sub } = await introspect(introspectionUrl, token);
    return active ? { id: sub } : undefined;
  });
  return nestApp({ guard: { useClass: Guard } });
}

function introspect(url, token) {
  const body = `token=${token}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const call = ask(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.once('end', () => resolve(JSON.parse(text)));
    });
    call.once('error', reject);
    call.end(body);
  });
}
