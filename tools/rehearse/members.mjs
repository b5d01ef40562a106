import { randomBytes } from 'node:crypto';

/** What somebody was promised: each fact is one that was acknowledged. */
class Member {
  email = `${randomBytes(8).toString('hex')}@example.com`;
  password = randomBytes(12).toString('hex');
  /** `in`, `out`, or `unsure`: the answer to the last move never came. */
  state = 'unsure';
  orders = 0;
  accessToken = '';
  refreshToken = '';
  spentToken = '';
}

/** People who sign up, in and out, refresh and order, and remember what was acknowledged: for when the stores are lost. */
export class Members {
  /** @type {Member[]} */
  all = [];
  #over = false;
  #lives = [];

  /** @param {{ auth: { url: string }[], orders: { url: string } }} services */
  constructor(services) {
    this.services = services;
  }

  begin(count = 3) {
    this.#over = false;
    this.#lives = Array.from({ length: count }, (_, i) => this.#live(i));
  }

  async end() {
    this.#over = true;
    await Promise.all(this.#lives);
  }

  acknowledged(state) {
    return this.all.filter((member) => member.state === state);
  }

  /** @returns the status, and what was said; status 0: nothing was */
  async ask(service, path, { token, body, method } = {}) {
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const how = { method: method ?? (body ? 'POST' : 'GET'), headers, body: body && JSON.stringify(body) };
    try {
      const answer = await fetch(service.url + path, { ...how, signal: AbortSignal.timeout(5_000) });
      return { status: answer.status, json: await answer.json().catch(() => undefined) };
    } catch {
      return { status: 0, json: undefined };
    }
  }

  signIn({ email, password }) {
    return this.ask(this.#auth(), '/api/v1/auth/signin', { body: { email, password } });
  }

  refresh(refreshToken) {
    return this.ask(this.#auth(), '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
  }

  #turn = 0;
  #auth() {
    return this.services.auth[this.#turn++ % this.services.auth.length];
  }

  async #live(offset) {
    for (let turn = offset; !this.#over; turn++) await this.#newMember(turn % 3);
  }

  /** @param {number} kind - 0 stays, 1 refreshes, 2 signs out */
  async #newMember(kind) {
    const member = new Member();
    const { email, password } = member;
    const signedUp = await this.ask(this.#auth(), '/api/v1/auth/signup', { body: { email, password } });
    if (signedUp.status !== 201) return;
    this.all.push(member);
    const signedIn = await this.signIn(member);
    if (signedIn.status !== 200 || !signedIn.json.data.refresh_token) return;
    keep(member, signedIn);
    const token = member.accessToken;
    const order = { item: 'tea', quantity: 1 };
    const ordered = await this.ask(this.services.orders, '/api/orders', { token, body: order });
    if (ordered.status === 201) member.orders += 1;
    if (kind === 0) return;
    member.state = 'unsure';
    if (kind === 1) {
      const refreshed = await this.refresh(member.refreshToken);
      if (refreshed.status !== 200) return;
      member.spentToken = member.refreshToken;
      keep(member, refreshed);
    } else {
      const { status } = await this.ask(this.#auth(), '/api/v1/auth/signout', { method: 'POST', token });
      if (status === 200) member.state = 'out';
    }
  }
}

function keep(member, { json }) {
  member.accessToken = json.data.access_token;
  member.refreshToken = json.data.refresh_token;
  member.state = 'in';
}
