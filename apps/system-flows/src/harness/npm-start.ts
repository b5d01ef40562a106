import { join } from 'node:path';
import { type Child, eventually, freePort, startChild, testFolder } from '@gatehouse/testing';

export const TOP = join(__dirname, '../../../..');

/** What `npm start --json` prints once everything answers. */
export interface ReadyBlock {
  readonly auth: string;
  readonly orders: string;
  readonly gateway: string;
  readonly idp: string;
  /** The one address to click. */
  readonly signIn: string;
  readonly session: string;
}

export interface Started {
  readonly dataDir: string;
  /** By the names of their settings. */
  readonly ports: Readonly<Record<string, string>>;
  readonly child: Child;
}

/** Runs `npm start` on free ports and an empty data folder. @param more - further settings, or others */
export async function start(more: Readonly<Record<string, string>> = {}): Promise<Started> {
  const dataDir = testFolder('npm-start');
  const names = ['AUTH_PORT', 'ORDERS_PORT', 'GATEWAY_PORT', 'IDP_PORT'];
  const free = await Promise.all(names.map(async (name) => [name, String(await freePort())]));
  const ports = Object.fromEntries(free) as Record<string, string>;
  const env = { DATA_DIR: dataDir, ...ports, ...more };
  return { dataDir, ports, child: startChild(process.execPath, [join(TOP, 'tools/start.mjs'), '--json'], { env }) };
}

/** Waits for everything. @throws once it has ended, with what it wrote */
export async function readyBlock(child: Child): Promise<ReadyBlock> {
  return eventually(
    () => {
      if (!child.isRunning()) throw new Error(`npm start has ended:\n${child.output()}`);
      const line = child
        .output()
        .split('\n')
        .find((text) => text.startsWith('{"ready":true'));
      if (!line) throw new Error('not ready');
      return JSON.parse(line) as ReadyBlock;
    },
    { timeoutMs: 90_000, everyMs: 50 },
  );
}
