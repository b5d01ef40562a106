import { freePort, startChild, testFolder, type Child } from '@gatehouse/testing';
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { changedLines } from './changed-lines.js';

const EXAMPLES = join(__dirname, '..');
const run = promisify(execFile);

/** The examples that are Node projects. */
export const NAMES = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(EXAMPLES, entry.name)).includes('before'))
  .map(({ name }) => name);

/** A started app. */
export interface Running extends Child {
  /** GET of the one route it has. */
  get(token?: string): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** One example, copied to a folder of its own outside the workspace. */
export class Example {
  readonly folder: string;
  private readonly source: string;

  constructor(readonly name: string) {
    this.source = join(EXAMPLES, name);
    this.folder = testFolder(name);
    cpSync(this.source, this.folder, { recursive: true, filter: (path) => !/[\\/](node_modules|dist)$/.test(path) });
  }

  /** Files that protecting the app has changed, relative to the example. */
  changedFiles(): string[] {
    return filesIn(join(this.source, 'before'));
  }

  /** Files of the app as it stands, protected. */
  appFiles(): string[] {
    return filesIn(this.source).filter((file) => /\.[jt]s$/.test(file) && !/^(before|node_modules|dist)\b/.test(file));
  }

  read(file: string): string {
    return readFileSync(join(this.source, file), 'utf8');
  }

  changedLines(): number {
    return this.changedFiles()
      .map((file) => changedLines(this.read(join('before', file)), this.read(file)))
      .reduce((sum, lines) => sum + lines, 0);
  }

  /** `npm install` of the tarball and of what the example names, as a user would. */
  async install(tarball: string): Promise<void> {
    await this.npm('install', '--no-audit', '--no-fund', '--prefer-offline', tarball);
  }

  /** Puts the app back as it was before it was protected. */
  unprotect(): void {
    cpSync(join(this.source, 'before'), this.folder, { recursive: true });
  }

  protect(): void {
    for (const file of this.changedFiles()) cpSync(join(this.source, file), join(this.folder, file));
  }

  /** Builds where there is something to build, and runs `npm start`'s command as a process. */
  async start(env: Readonly<Record<string, string>>): Promise<Running> {
    const { scripts } = JSON.parse(this.read('package.json')) as { scripts: { build?: string; start: string } };
    if (scripts.build) await this.npm('run', 'build');
    const port = await freePort();
    const [program, ...args] = scripts.start.split(' ');
    if (program !== 'node') throw new Error(`${this.name}: npm start is expected to run node`);
    const child = startChild(process.execPath, args, { cwd: this.folder, env: { ...env, PORT: String(port) } });
    const get = async (token?: string) => {
      if (!child.isRunning()) throw new Error(`${this.name} has ended:\n${child.output()}`);
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`http://localhost:${port}/`, { headers, signal: AbortSignal.timeout(2_000) });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    return { ...child, get };
  }

  private async npm(...args: string[]): Promise<void> {
    await run('npm', args, { cwd: this.folder }).catch((failure: { stdout?: string; stderr?: string }) => {
      throw new Error(`${this.name}: npm ${args.join(' ')}\n${failure.stdout ?? ''}${failure.stderr ?? ''}`);
    });
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
