import { readFileSync } from 'node:fs';
import { inLanes } from '../../harness/lanes.mjs';
import { REST } from '../../harness/placement.mjs';
import { startServer } from '../../harness/server.mjs';

const serve = new URL('./serve.mjs', import.meta.url);
const introspectionServer = new URL('./introspection-server.mjs', import.meta.url);
const PATH = '/api/protected';

let starts = 0;

/** Servers that are begun at the same time. */
const LANES = 3;

/**
 * Starts every contender once and sees that it does its work: 200 for good credentials, 401 for none, for spoilt ones, and
 * from those who claim to learn of it for one that was signed out.
 *
 * @param {Record<string, import('./contenders.mjs').Contender>} contenders
 * @returns name to a started, checked server, and `stop`
 */
export async function startField(contenders, fixture) {
  const running = [];
  try {
    const introspection = await startServer(introspectionServer, {
      core: REST,
      env: { CREDENTIALS: fixture.credentialsFile('es256') },
    });
    running.push(introspection);
    fixture.write({ introspectionUrl: introspection.url });
    const field = {};
    const own = Object.entries(contenders).filter(([, { same }]) => same === undefined);
    await inLanes(own, LANES, async ([name, contender]) => {
      // A name of its own each time: the load remembers a file by its name.
      const ownFile = fixture.credentialsFile(`own-${name}-${++starts}`);
      const server = await startServer(serve, {
        env: { CONTENDER: contender.of, VARIANT: contender.variant ?? '', FIXTURE: fixture.file, CREDENTIALS: ownFile },
      });
      running.push(server);
      const credentialsFile =
        contender.credentials === 'own' ? ownFile : fixture.credentialsFile(contender.credentials);
      field[name] = { contender, server, url: server.url + PATH, credentialsFile };
      await check(field[name], fixture.ended);
    });
    const inOrder = Object.fromEntries(
      Object.entries(contenders).map(([name, { same }]) => [name, field[same ?? name]]),
    );
    return { field: inOrder, stop: () => Promise.all(running.map((server) => server.stop())) };
  } catch (error) {
    await Promise.all(running.map((server) => server.stop()));
    throw error;
  }
}

async function check({ contender, url, credentialsFile }, ended) {
  const lines = JSON.parse(readFileSync(credentialsFile, 'utf8'));
  await expectStatus(200, lines[0]);
  await expectStatus(200, lines.at(-1));
  if (contender.open) return;
  await expectStatus(401, undefined);
  await expectStatus(401, spoilt(lines[0]));
  if (contender.revocation && ended[contender.credentials]) await expectStatus(401, ended[contender.credentials]);

  async function expectStatus(status, line) {
    const [name, value] = line?.split(': ') ?? [];
    const answer = await fetch(url, { headers: name ? { [name]: value } : {} });
    await answer.arrayBuffer();
    if (answer.status === status) return;
    throw new Error(`${contender.title} answered ${answer.status} in place of ${status}: it would be measured wrongly`);
  }
}

/** Changes a letter in the middle, where each of its bits counts: the last one of base64 may hold bits nobody reads. */
function spoilt(line) {
  const middle = line.length - 30;
  return `${line.slice(0, middle)}${line[middle] === 'A' ? 'B' : 'A'}${line.slice(middle + 1)}`;
}
