import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Browser } from './stage/client.mjs';

const ORDER = { item: 'tea', quantity: 1 };
/** A person refreshes each so many moves: far more often than in life, since that is the move that must not be lost. */
const MOVES_PER_REFRESH = 8;
/** Between two moves. A machine that is busy to the brim answers late whoever restarts. */
const PAUSE_MS = 25;

/**
 * People who use everything through NGINX, again and again, and whoever signs in meanwhile. An answer that is not the expected one is a
 * failure; nothing is sent twice.
 */
export class Crowd {
  requests = 0;
  /** @type {Map<string, number>} what was asked, to how often */
  asked = new Map();
  /** @type {string[]} */
  failures = [];
  slowestMs = 0;
  #over = false;
  #lives = [];

  /** @param {{ client: import('./stage/client.mjs').SiteClient, api: string, app: string }} site */
  constructor(site) {
    this.site = site;
  }

  /** Lets people in, and has them begin. @param {{ apps: number, browsers: number }} how many of each */
  async begin({ apps, browsers }) {
    // A few at a time: a rush of passwords is not what is asked about.
    const people = [];
    while (people.length < apps) {
      const next = Math.min(4, apps - people.length);
      people.push(...(await Promise.all(Array.from({ length: next }, () => this.#newcomer()))));
    }
    const cookies = [];
    for (let i = 0; i < browsers; i++) cookies.push(await this.#signedInBrowser());
    this.#lives = [
      ...people.map((tokens) => this.#useApp(tokens)),
      ...cookies.map((cookie) => this.#useBrowser(cookie)),
      this.#comeAndGo(),
    ];
  }

  async end() {
    this.#over = true;
    await Promise.all(this.#lives);
  }

  async #useApp(tokens) {
    const { api } = this.site;
    let { access_token: token, refresh_token: refresh } = tokens;
    for (let move = 0; !this.#over; move++) {
      const headers = { authorization: `Bearer ${token}` };
      await pause(PAUSE_MS);
      if (move % MOVES_PER_REFRESH === MOVES_PER_REFRESH - 1) {
        const answer = await this.#ask('refresh', 200, `${api}/api/v1/auth/refresh`, {
          body: { refresh_token: refresh },
        });
        // One failure is one failure: whoever could not refresh comes back as somebody new.
        const next = answer?.json?.data ?? (await this.#newcomer().catch(() => undefined));
        if (!next) continue;
        ({ access_token: token, refresh_token: refresh } = next);
      } else if (move % 4 === 0) await this.#ask('place an order', 201, `${api}/api/orders`, { headers, body: ORDER });
      else if (move % 4 === 1) await this.#ask('list sessions', 200, `${api}/api/v1/sessions`, { headers });
      else await this.#ask('list orders', 200, `${api}/api/orders/public`, { headers });
    }
  }

  async #useBrowser(cookie) {
    const headers = { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
    while (!this.#over) {
      await pause(PAUSE_MS);
      await this.#ask('orders by cookie', 200, `${this.site.app}/api/orders`, { headers });
    }
  }

  /** Signs up, in and out again, a few times a second. */
  async #comeAndGo() {
    const { api } = this.site;
    while (!this.#over) {
      const tokens = await this.#newcomer().catch(() => undefined);
      const headers = { authorization: `Bearer ${tokens?.access_token}` };
      if (tokens) await this.#ask('sign-out', 200, `${api}/api/v1/auth/signout`, { method: 'POST', headers });
      await pause(250);
    }
  }

  async #newcomer() {
    const { api } = this.site;
    const person = {
      email: `${randomBytes(8).toString('hex')}@example.com`,
      password: randomBytes(12).toString('hex'),
    };
    await this.#ask('sign-up', 201, `${api}/api/v1/auth/signup`, { body: person });
    const answer = await this.#ask('sign-in', 200, `${api}/api/v1/auth/signin`, { body: person });
    if (!answer?.json?.data) throw new Error('nobody could sign in');
    return answer.json.data;
  }

  async #signedInBrowser() {
    const { client, app } = this.site;
    const browser = new Browser(client);
    const choice = await browser.go(`${app}/api/orders`);
    const page = await browser.go(choice.url, { method: 'POST', form: { person: 'olaf' } });
    if (page.status !== 200) throw new Error(`the login of a browser ended with ${page.status}`);
    return browser.cookies(app);
  }

  async #ask(what, expected, url, how) {
    this.requests += 1;
    this.asked.set(what, (this.asked.get(what) ?? 0) + 1);
    try {
      const answer = await this.site.client.ask(url, how);
      this.slowestMs = Math.max(this.slowestMs, answer.tookMs);
      if (answer.status === expected) return answer;
      this.failures.push(`${what}: ${answer.status} ${answer.json?.error?.code ?? answer.json?.code ?? ''}`.trim());
    } catch (error) {
      this.failures.push(`${what}: ${error.code ?? error.message}`);
    }
    return undefined;
  }
}
