import { ask, NAVIGATION, type Answer, type Asking } from './ask.js';

const MOST_REDIRECTS = 10;

/** As much of a browser as a login needs: cookies, navigation headers, redirects from site to site. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Every address it went to, in order, since it was made. */
  readonly visited: string[] = [];

  /**
   * @param origin - of the site under test, as its pages know it
   * @param port - where it really listens; other origins are asked as they are
   */
  constructor(
    private readonly origin: string,
    private readonly port: number,
  ) {}

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** One step: no redirect is followed. @param address - path of the site, or a whole address */
  async step(address: string, asking: Asking = {}): Promise<Answer> {
    const url = new URL(address, this.origin);
    this.visited.push(url.href);
    const isSite = url.origin === this.origin;
    const target = address.startsWith('/') ? address : url.pathname + url.search;
    const headers = { ...NAVIGATION, ...(isSite && this.cookie ? { cookie: this.cookie } : {}), ...asking.headers };
    const answer = await ask(isSite ? this.port : Number(url.port), target, { ...asking, headers });
    if (isSite) this.keep(answer.headers['set-cookie'] ?? []);
    return answer;
  }

  /** Follows redirects to the end, as a person who clicks a link. */
  async go(address: string, asking: Asking = {}): Promise<Answer> {
    let answer = await this.step(address, asking);
    for (let i = 0; i < MOST_REDIRECTS && answer.headers.location !== undefined; i++) {
      answer = await this.step(answer.headers.location);
    }
    return answer;
  }

  /** As far as the way back from the provider, without taking its last step. @returns the callback's address */
  async untilCallback(address: string): Promise<string> {
    let answer = await this.step(address);
    for (let i = 0; i < MOST_REDIRECTS; i++) {
      const { location } = answer.headers;
      if (location === undefined) throw new Error(`no way to a callback: ${answer.status} ${answer.text}`);
      if (new URL(location, this.origin).pathname.startsWith('/_gw/callback/')) return location;
      answer = await this.step(location);
    }
    throw new Error('too many redirects');
  }

  private keep(setCookies: readonly string[]): void {
    for (const setCookie of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? [];
      if (/;\s*max-age=0/i.test(setCookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
