import { Redis } from 'ioredis';
import { mkdirSync, rmSync } from 'node:fs';
import { startChild, type Child } from './child.js';
import { eventually } from './eventually.js';
import { requireProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { testFolder } from './test-folder.js';

/** A private Redis on 127.0.0.1, with an append-only file, that a test may harm. */
export class RedisServer {
  readonly host = '127.0.0.1';
  private child: Child | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly args: readonly string[],
    private readonly password: string | undefined,
  ) {}

  static async launch({ args = [], password }: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = testFolder('redis');
    const server = new RedisServer(await freePort(), folder, args, password);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://${this.password ? `:${this.password}@` : ''}127.0.0.1:${this.port}`;
  }

  /** Starts it on the same port with the data it had. */
  async start(): Promise<void> {
    const auth = this.password ? ['--requirepass', this.password] : [];
    const always = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder, '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec'];
    this.child = startChild(requireProgram('Redis', 'redis-server'), [...always, ...durable, ...auth, ...this.args]);
    await eventually(() => this.withClient((client) => client.ping()), { timeoutMs: 30_000 });
  }

  /** Starts it on the same port with nothing in it. */
  async startEmpty(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    await this.start();
  }

  /** SIGTERM: it writes what it has and ends. */
  async stop(): Promise<void> {
    await this.child?.stop();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.child?.kill();
  }

  pause(): void {
    this.child?.pause();
  }

  resume(): void {
    this.child?.resume();
  }

  async flush(): Promise<void> {
    await this.withClient((client) => client.flushall());
  }

  /** Runs one Redis command from outside the system under test. */
  async command(...parts: [string, ...string[]]): Promise<unknown> {
    const [name, ...rest] = parts;
    return this.withClient((client) => client.call(name, ...rest));
  }

  private async withClient<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await use(client);
    } finally {
      client.disconnect();
    }
  }
}

export interface RedisServerOptions {
  /** Further command-line arguments of redis-server. */
  readonly args?: readonly string[];
  readonly password?: string;
}

export function startRedis(options?: RedisServerOptions): Promise<RedisServer> {
  return RedisServer.launch(options);
}
