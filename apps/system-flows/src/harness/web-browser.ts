import { type Answer, ask, type Ask } from './http.js';

const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
  'user-agent': 'Mozilla/5.0 (a test of the whole)',
};

/** As much of a browser as a login needs: a jar for each site, and redirects from one site to the other. */
export class WebBrowser {
  private readonly jars = new Map<string, Map<string, string>>();
  /** Every address it went to, in order. */
  readonly visited: string[] = [];

  /** @param home - origin of the site under test */
  constructor(private readonly home: string) {}

  /** One request; no redirect is followed. */
  async step(address: string, options: Ask = {}): Promise<Answer> {
    const url = new URL(address, this.home);
    this.visited.push(url.href);
    const cookie = this.cookies(url.origin);
    const answer = await ask(address.startsWith('/') ? this.home + address : url.href, {
      ...options,
      headers: { ...NAVIGATION, ...(cookie ? { cookie } : {}), ...options.headers },
    });
    this.keep(url.origin, [answer.headers['set-cookie'] ?? []].flat());
    return answer;
  }

  /** Follows redirects to the end, as somebody does who clicks a link. */
  async go(address: string, options: Ask = {}): Promise<Answer> {
    let at = new URL(address, this.home);
    let answer = await this.step(address, options);
    for (let hops = 0; answer.headers['location'] !== undefined; hops++) {
      if (hops > 12) throw new Error(`redirected in circles: ${this.visited.slice(-4).join(' ')}`);
      at = new URL(answer.headers['location'], at);
      answer = await this.step(at.href);
    }
    return answer;
  }

  /** What it would send to a site: `name=value; name=value`. */
  cookies(origin = this.home): string {
    return [...(this.jars.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  cookie(name: string, origin = this.home): string | undefined {
    return this.jars.get(origin)?.get(name);
  }

  private keep(origin: string, lines: readonly string[]): void {
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/;\s*max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
  }
}
