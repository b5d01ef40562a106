import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, eventually, freePort, startChild, testFolder } from '@gatehouse/testing';

const MAIN = join(__dirname, '../../../auth/dist/main.js');

export interface SignedIn {
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The built auth service as a process of its own, on its embedded defaults: SQLite in a folder, the feed over HTTP. */
export class AuthProcess {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly child: Child,
  ) {}

  static async launch(): Promise<AuthProcess> {
    if (!existsSync(MAIN)) throw new Error('auth is not built: npx tsc -b apps/auth/tsconfig.lib.json');
    const [port, folder] = [await freePort(), testFolder('cli-auth')];
    const child = startChild(process.execPath, [MAIN], { env: { PORT: String(port), DATA_DIR: folder } });
    const auth = new AuthProcess(`http://127.0.0.1:${port}`, folder, child);
    await eventually(
      async () => {
        if ((await fetch(`${auth.url}/ready`)).status !== 200) throw new Error(`auth is not ready:\n${child.output()}`);
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
    return auth;
  }

  get databaseUrl(): string {
    return `sqlite:${join(this.folder, 'auth.sqlite')}`;
  }

  get keyBundleFile(): string {
    return join(this.folder, 'key-bundle.jws');
  }

  get trustAnchor(): string {
    const root = createPublicKey(readFileSync(join(this.folder, 'root-signing-key.pem')));
    return root.export({ type: 'spki', format: 'der' }).toString('base64');
  }

  async signUp(email: string): Promise<SignedIn> {
    const password = 'correct horse battery staple 7';
    await this.post('signup', { email, password });
    const response = await this.post('signin', { email, password });
    const { data } = (await response.json()) as { data: { access_token: string; refresh_token: string } };
    return {
      sessionId: response.headers.get('x-session-id') ?? '',
      accessToken: data.access_token,
      refreshToken: data.refresh_token,
    };
  }

  post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${this.url}/api/v1/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}
