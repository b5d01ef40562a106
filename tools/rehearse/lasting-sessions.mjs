import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../libs/testing/dist/index.js';

const PAUSE_MS = 50;
const REQUESTS_PER_REFRESH = 10;

/**
 * People who signed in once and go on: a request now and then, and a refresh. Where nobody listens, as while an instance is restarted,
 * they ask the next one, as a balancer would have; every answer counts.
 */
export class LastingSessions {
  requests = 0;
  refreshes = 0;
  /** Answers 503 with `Retry-After`, which refuse nothing. */
  postponed = 0;
  /** @type {string[]} */
  refused = [];
  #round = 0;
  #lives = [];
  #refreshedIn = [];
  #over = false;

  /** @param {{ auth: { url: string }[], orders: { url: string } }} services */
  constructor(services) {
    this.services = services;
  }

  async begin(count) {
    const people = [];
    for (let i = 0; i < count; i++) people.push(await this.#newcomer());
    this.#refreshedIn = people.map(() => 0);
    this.#lives = people.map((tokens, i) => this.#live(tokens, i));
  }

  /** Until each of them has refreshed once more, and used what it got. */
  async allRefreshed() {
    const round = ++this.#round;
    await eventually(
      () => {
        if (this.refused.length > 0) return;
        if (this.#refreshedIn.some((last) => last < round)) throw new Error('not everybody has refreshed yet');
      },
      { timeoutMs: 60_000, everyMs: 50 },
    );
  }

  async end() {
    this.#over = true;
    await Promise.all(this.#lives);
  }

  async #live(tokens, i) {
    let { access_token: token, refresh_token: refreshToken } = tokens;
    for (let turn = i; !this.#over; turn++) {
      await pause(PAUSE_MS);
      const used = await this.#ask([this.services.orders], '/api/orders', { token });
      this.requests += 1;
      if (used.status !== 200) this.refused.push(`orders: ${used.status} ${used.json?.error?.code}`);
      const isDue = turn % REQUESTS_PER_REFRESH === 0 || this.#refreshedIn[i] < this.#round;
      if (!isDue || used.status !== 200) continue;
      const round = this.#round;
      const body = { refresh_token: refreshToken };
      const { status, json } = await this.#ask(this.#auths(turn), '/api/v1/auth/refresh', { body });
      this.refreshes += 1;
      if (status !== 200) {
        this.refused.push(`refresh: ${status} ${json?.error?.code}`);
        continue;
      }
      ({ access_token: token, refresh_token: refreshToken } = json.data);
      const { orders } = this.services;
      const accepted = await this.#ask([orders], '/api/orders', { token });
      if (accepted.status === 200) this.#refreshedIn[i] = round;
      else this.refused.push(`orders, right after a refresh: ${accepted.status} ${accepted.json?.error?.code}`);
    }
  }

  #auths(turn) {
    const { auth } = this.services;
    return [...auth.slice(turn % auth.length), ...auth.slice(0, turn % auth.length)];
  }

  async #newcomer() {
    const person = {
      email: `${randomBytes(8).toString('hex')}@example.com`,
      password: randomBytes(12).toString('hex'),
    };
    await this.#ask(this.services.auth, '/api/v1/auth/signup', { body: person });
    const { status, json } = await this.#ask(this.services.auth, '/api/v1/auth/signin', { body: person });
    if (status !== 200) throw new Error(`sign-in answers ${status}`);
    return json.data;
  }

  /** Of these services the first that listens; waits for one. */
  async #ask(services, path, { token, body } = {}) {
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const how = { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) };
    for (let attempt = 0; ; attempt++) {
      try {
        const { url } = services[attempt % services.length];
        const answer = await fetch(url + path, { ...how, signal: AbortSignal.timeout(10_000) });
        if (answer.status === 503 && attempt < 100) {
          // An instance that has just begun says so until it has caught up; what it was asked may be asked again.
          this.postponed += 1;
          await answer.arrayBuffer();
          await pause(PAUSE_MS);
          continue;
        }
        return { status: answer.status, json: await answer.json().catch(() => undefined) };
      } catch (error) {
        if (attempt > 600) throw error;
        await pause(PAUSE_MS);
      }
    }
  }
}
