/** What a page, or the way off this provider, looked like to a browser without scripts. */
export interface Visit {
  readonly url: string;
  readonly html: string;
  /** Where the provider sent the browser, if off its own origin. */
  readonly left?: URL;
  /** Of the sign-out form. */
  readonly action: string;
  readonly xsrf: string;
  /** What a browser would open beside the page. */
  readonly frames: readonly URL[];
  /** Where the page leads on to once they have answered. */
  readonly next?: string;
  /** What the page may load and open, and where its forms may lead. */
  readonly policy?: string;
}

const decoded = (html: string) => html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

/** Follows redirects within one origin and keeps cookies, with their paths. */
export class Browser {
  private readonly cookies = new Map<string, { value: string; path: string }>();

  async open(url: URL | string, form?: Record<string, string>): Promise<Visit> {
    let next = new URL(url);
    let body = form && new URLSearchParams(form);
    for (let hop = 0; hop < 10; hop += 1) {
      const answer = await fetch(next, {
        redirect: 'manual',
        headers: { cookie: this.cookiesFor(next.pathname) },
        ...(body ? { method: 'POST', body } : {}),
      });
      body = undefined;
      this.keep(answer.headers.getSetCookie());
      const location = answer.headers.get('location');
      if (location === null) {
        const html = await answer.text();
        const field = (pattern: RegExp) => pattern.exec(html)?.[1] ?? '';
        const action = new URL(field(/<form[^>]* action="([^"]+)"/) || '/', next).pathname;
        const frames = [...html.matchAll(/<iframe src="([^"]+)"/g)].map(
          ([, address = '']) => new URL(decoded(address)),
        );
        const policy = answer.headers.get('content-security-policy') ?? '';
        const onwards = decoded(field(/id="next" href="([^"]+)"/));
        return {
          url: next.href,
          html,
          action,
          xsrf: field(/name="xsrf" value="([^"]+)"/),
          frames,
          next: onwards,
          policy,
        };
      }
      const target = new URL(location, next);
      if (target.origin !== next.origin) {
        return { url: next.href, html: '', left: target, action: '', xsrf: '', frames: [] };
      }
      next = target;
    }
    throw new Error('The provider redirects in a circle.');
  }

  submit(url: string, form: Record<string, string>): Promise<Visit> {
    return this.open(url, form);
  }

  private cookiesFor(path: string): string {
    return [...this.cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }

  private keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...rest] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      const path = rest.find((part) => part.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, { value, path });
    }
  }
}
