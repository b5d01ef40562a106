import { type IncomingHttpHeaders, request } from 'node:http';
import type { Answer, RunningAuth } from './start-auth.js';

/** A cookie as a browser keeps it. */
export interface KeptCookie {
  readonly name: string;
  readonly value: string;
  /** Names in lower case; flags have the empty text. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The header it came in. */
  readonly text: string;
}

export interface BrowserAsk {
  readonly body?: unknown;
  /** A list is sent as several headers of the name. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** In place of the cookies it keeps. */
  readonly cookie?: string;
  /** In place of `Origin`; `null` sends none. */
  readonly origin?: string | null;
}

/** What a socket brought. */
export interface SocketAnswer extends Omit<Answer, 'headers'> {
  readonly headers: IncomingHttpHeaders;
}

export function parseSetCookie(text: string): KeptCookie {
  const [pair = '', ...parts] = text.split('; ');
  const at = pair.indexOf('=');
  const attributes = parts.map((part) => {
    const [name = '', value = ''] = part.split('=');
    return [name.toLowerCase(), value] as const;
  });
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: Object.fromEntries(attributes), text };
}

/** Keeps cookies as browsers do, and speaks HTTP over a real socket. What it is told to send it sends as it is. */
export class Browser {
  private readonly kept = new Map<string, KeptCookie>();
  csrf: string | undefined;

  private constructor(
    private readonly port: number,
    readonly origin: string,
  ) {}

  static async of(auth: RunningAuth, origin: string): Promise<Browser> {
    const server = auth.app.getHttpServer();
    if (!server.listening) await auth.app.listen(0, '127.0.0.1');
    return new Browser((server.address() as { port: number }).port, origin);
  }

  cookie(name: string): KeptCookie | undefined {
    return this.kept.get(name);
  }

  get cookieNames(): string[] {
    return [...this.kept.keys()].sort();
  }

  /** As a neighbouring host would, which browsers allow for names without the strict prefix. */
  plant(name: string, value: string, path = '/'): void {
    this.kept.set(name, { name, value, attributes: { path }, text: '' });
  }

  drop(name: string): void {
    this.kept.delete(name);
  }

  /** With the cookies for the path, the origin, and the proof when there is one; as a page would that does everything right. */
  ask(method: string, path: string, given: BrowserAsk = {}): Promise<SocketAnswer> {
    const { origin = this.origin, cookie = this.cookiesFor(path) } = given;
    return this.send(method, path, {
      ...given,
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(origin === null ? {} : { origin }),
        ...(this.csrf === undefined ? {} : { 'x-csrf-token': this.csrf }),
        ...given.headers,
      },
    });
  }

  async signIn(person: { email: string; password: string }, more: object = {}): Promise<SocketAnswer> {
    const body = { email: person.email, password: person.password, tokens_in: 'cookie', ...more };
    const answer = await this.ask('POST', '/api/v1/auth/signin', { body });
    this.csrf = answer.body?.data?.csrf_token as string | undefined;
    return answer;
  }

  cookiesFor(path: string): string {
    return [...this.kept.values()]
      .filter(({ attributes }) => path.startsWith(attributes['path'] ?? '/'))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  private send(method: string, path: string, { body, headers = {} }: BrowserAsk): Promise<SocketAnswer> {
    const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, method, path, headers: { ...type, ...headers }, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            for (const one of response.headers['set-cookie'] ?? []) this.keep(parseSetCookie(one));
            const isJson = String(response.headers['content-type'] ?? '').includes('json');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
              text,
            });
          });
        },
      );
      sent.on('error', reject).end(payload);
    });
  }

  private keep(cookie: KeptCookie): void {
    if (cookie.attributes['max-age'] === '0') this.kept.delete(cookie.name);
    else this.kept.set(cookie.name, cookie);
  }
}
