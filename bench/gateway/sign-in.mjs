import { request } from 'node:http';
import { request as requestOverTls } from 'node:https';

/** A browser without pages: follows redirects and keeps the cookies of each host. */
class Browser {
  #jars = new Map();

  async open(address) {
    for (let url = new URL(address), hops = 0; hops < 12; hops++) {
      const answer = await this.#get(url);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || !location) return answer;
      url = new URL(location, url);
    }
    throw new Error(`${address} goes round in circles`);
  }

  /** @param [later] - what is still sent when the cookies of the login itself, which have an end of their own, have run out */
  cookies(address, later = false) {
    return [...(this.#jars.get(new URL(address).host) ?? new Map())]
      .filter(([, { hasEnd }]) => !later || !hasEnd)
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }

  async #get(url) {
    const jar = this.#jars.get(url.host) ?? new Map();
    this.#jars.set(url.host, jar);
    const cookie = this.cookies(url);
    const answer = await get(url, {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': 'none',
      'user-agent': 'bench',
      ...(cookie ? { cookie } : {}),
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (/max-age=0|expires=thu, 01.jan.1970/i.test(line)) jar.delete(name);
      else jar.set(name, { value: pair.slice(pair.indexOf('=') + 1), hasEnd: /;\s*(?:max-age|expires)=/i.test(line) });
    }
    return answer;
  }
}

/** One request on a connection of its own; no redirect is followed, and a server may vouch for itself. */
export function get(url, headers = {}) {
  const send = url.protocol === 'https:' ? requestOverTls : request;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { agent: false, rejectUnauthorized: false, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    outgoing.on('error', reject).end();
  });
}

/** Signs in as many times as told, each in a browser of its own. @returns `cookie` header lines, as they are sent a while later */
export async function signIn(url, sessions) {
  const lines = [];
  for (let i = 0; i < sessions; i++) {
    const browser = new Browser();
    const { status, text } = await browser.open(url);
    if (status !== 200) throw new Error(`signing in at ${url} ended with ${status} ${text.slice(0, 300)}`);
    lines.push(`cookie: ${browser.cookies(url, true)}`);
  }
  return lines;
}
