import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent, request } from 'node:https';

/**
 * Speaks to NGINX under the names in its file, wherever it listens, and believes its certificate only.
 *
 * @param {{ port: number, ca: string }} site
 */
export class SiteClient {
  #agent;
  #plain = new HttpAgent({ keepAlive: true });

  constructor({ port, ca }) {
    this.port = port;
    const lookup = (_host, options, done) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 256, ca, lookup });
  }

  /**
   * One request; follows nothing.
   *
   * @param {string} url - of any name NGINX serves, or a plain http:// one of this machine
   * @param {{ method?: string, headers?: Record<string, string>, body?: unknown, form?: Record<string, string>, timeoutMs?: number }} [how] -
   *   `body` is sent as JSON
   * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, text: string, json: any, tookMs: number }>}
   */
  ask(url, { method, headers = {}, body, form, timeoutMs = 15_000 } = {}) {
    const startedMs = performance.now();
    const sent = form ? new URLSearchParams(form).toString() : body === undefined ? undefined : JSON.stringify(body);
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    const own = sent === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(sent)) };
    const isTls = url.startsWith('https:');
    const options = {
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      headers: { accept: 'application/json', ...own, ...headers },
      agent: isTls ? this.#agent : this.#plain,
      timeout: timeoutMs,
    };
    return new Promise((resolve, reject) => {
      const asking = (isTls ? request : httpRequest)(url, options, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk)).once('error', reject);
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const tookMs = performance.now() - startedMs;
          resolve({ status: answer.statusCode, headers: answer.headers, text, json: parsed(text), tookMs });
        });
      });
      asking.once('timeout', () => asking.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      asking.once('error', reject);
      asking.end(sent);
    });
  }

  close() {
    this.#agent.destroy();
    this.#plain.destroy();
  }
}

/** A browser, as far as signing in needs one: cookies by name and host, redirects, one form to send. */
export class Browser {
  #cookies = new Map();

  /** @param {SiteClient} client */
  constructor(client) {
    this.client = client;
  }

  /** Goes to an address and wherever it leads, as a page does. @returns the last answer, with its `url` */
  async go(address, how = {}) {
    let url = new URL(address);
    let next = how;
    for (let hop = 0; hop < 15; hop++) {
      const headers = {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...next.headers,
      };
      const cookie = this.cookies(url);
      const answer = await this.client.ask(url.href, { ...next, headers: { ...headers, ...(cookie && { cookie }) } });
      this.#keep(url, answer.headers['set-cookie'] ?? []);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status >= 400 || !location) return { ...answer, url };
      url = new URL(location, url);
      next = {};
    }
    throw new Error('redirected in circles');
  }

  /** What it would send to this address. */
  cookies(url) {
    const own = this.#cookies.get(new URL(url).hostname) ?? new Map();
    return [...own].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(url, lines) {
    const own = this.#cookies.get(url.hostname) ?? new Map();
    this.#cookies.set(url.hostname, own);
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      const isGone = value === '' || attributes.some((text) => /^\s*max-age=0\s*$/i.test(text) || isPast(text));
      if (isGone) own.delete(name);
      else own.set(name, value);
    }
  }
}

const isPast = (text) => /^\s*expires=/i.test(text) && Date.parse(text.split('=')[1]) <= Date.now();

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
