import { type Child, eventually, freePort, startChild } from '@gatehouse/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ask, type Answer, type Ask } from './http.js';

const TOP = join(__dirname, '../../../..');

/** Patience, no promise: on a machine that is busy with other tests a start takes as long as it takes. */
export const START_MS = 60_000;

/** A built app as a real process. It may be ended and begun again, on the same port. */
export class AppProcess {
  private child: Child | undefined;
  private past = '';

  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly main: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  /**
   * @param name - folder in `apps/`
   * @param main - what to run in place of what is built there
   */
  static async launch(
    name: string,
    env: Readonly<Record<string, string | undefined>>,
    main = join(TOP, 'apps', name, 'dist/main.js'),
  ): Promise<AppProcess> {
    if (!existsSync(main)) throw new Error(`${name} is not built: npx tsc -b apps/${name}/tsconfig.lib.json`);
    const app = new AppProcess(name, await freePort(), main, env);
    await app.start();
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  /** Starts it with the environment it had and waits until it takes requests. */
  async start(): Promise<void> {
    const child = startChild(process.execPath, ['--enable-source-maps', this.main], {
      env: { ...this.env, PORT: String(this.port) },
    });
    this.child = child;
    await eventually(
      async () => {
        if (!child.isRunning()) return;
        const { status } = await ask(`${this.url}/health`, { timeoutMs: 1_000 });
        if (status !== 200) throw new Error(`${this.name} is not healthy: ${status}`);
      },
      { timeoutMs: START_MS },
    );
    if (!child.isRunning()) throw new Error(`${this.name} ended at once:\n${child.output()}`);
  }

  /** SIGTERM; returns the exit code. */
  async stop(): Promise<number | null> {
    const code = (await this.child?.stop()) ?? null;
    this.keepOutput();
    return code;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.child?.kill();
    this.keepOutput();
  }

  isRunning(): boolean {
    return this.child?.isRunning() ?? false;
  }

  /** Everything it has written so far, over all its lives. */
  output(): string {
    return this.past + (this.child?.output() ?? '');
  }

  ask(path: string, options?: Ask): Promise<Answer> {
    return ask(this.url + path, options);
  }

  private keepOutput(): void {
    this.past = this.output();
    this.child = undefined;
  }
}
