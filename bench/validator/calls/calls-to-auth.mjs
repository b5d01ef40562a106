import { createConnection } from 'mysql2/promise';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoad } from '../../harness/load/load.mjs';
import { startSystem } from '../../harness/system.mjs';

/**
 * How often services call the auth service: while they work, are restarted without it, and while keys are rotated. Counted
 * twice: at the address tokens name as their issuer, where nobody answers, and by the auth service itself.
 */
export async function measureCallsToAuth({ quick, log }) {
  const issuer = await listenAsIssuer();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const credentialsFile = join(folder, 'credentials.json');
  const system = await startSystem({ auths: 1, orders: 1, publicUrl: issuer.url });
  const load = startLoad();
  const phases = [];
  const tokens = [];
  try {
    const agent = await system.signUp();
    const signIn = async (count) => {
      for (let i = 0; i < count; i++) tokens.push(await agent.signIn());
      writeFileSync(credentialsFile, JSON.stringify(tokens.map((token) => `authorization: Bearer ${token}`)));
    };
    const phase = async (title) => {
      log(`  ${title}`);
      const url = `${system.ordersUrl}/api/protected`;
      const job = { url, credentialsFile, connections: 16, durationMs: quick ? 200 : 5_000 };
      const { requests, statuses } = await load.run(job);
      phases.push({ title, requests, non2xx: requests - (statuses[200] ?? 0) });
    };

    await signIn(quick ? 2 : 20);
    await phase('everything up');
    const served = [await system.servedByAuth()];
    await system.stopApp('auth');
    await phase('auth service down');
    await system.stopApp('orders');
    await system.startApp('orders');
    await phase('service restarted while auth is down');
    await rotateSigningKey(system.authDatabaseUrl);
    await system.startApp('auth');
    await signIn(1);
    if (kidOf(tokens[0]) === kidOf(tokens.at(-1))) throw new Error('the signing key was not rotated');
    await phase('tokens of the old key and the new');
    await system.stopApp('orders');
    await system.startApp('orders');
    await phase('service restarted after the rotation');
    served.push(await system.servedByAuth());
    return {
      phases,
      requests: phases.reduce((sum, { requests }) => sum + requests, 0),
      non2xx: phases.reduce((sum, { non2xx }) => sum + non2xx, 0),
      callsAtIssuer: issuer.calls(),
      callsServedByAuth: served.reduce((sum, count) => sum + count, 0) - system.clientCalls,
    };
  } finally {
    load.stop();
    issuer.close();
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whoever follows the issuer's name to find keys or to ask about a token comes here. */
async function listenAsIssuer() {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    response.writeHead(503).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, calls: () => calls, close: () => server.close() };
}

/** The next key becomes the one that signs; the old one stays published. Auth sees it when it starts. */
async function rotateSigningKey(databaseUrl) {
  const database = await createConnection({ uri: databaseUrl });
  try {
    await database.query("UPDATE signing_keys SET slot = NULL WHERE slot = 'active'");
    await database.query("UPDATE signing_keys SET slot = 'active' WHERE slot = 'next'");
    await database.query('UPDATE signing_key_set SET version = version + 1');
  } finally {
    database.destroy();
  }
}

const kidOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid;
