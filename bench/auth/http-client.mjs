import { Agent, request as httpRequest } from 'node:http';

/** Keep-alive requests whose answers are read whole: what a client keeps of them is in the body or in cookies. */
export class HttpClient {
  #agent;

  constructor(url, connections) {
    this.url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, noDelay: true });
  }

  /** @returns {Promise<{ status: number, text: string, cookies: string[] }>} */
  send({ method, path, headers = {}, body }) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = {
      ...headers,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(this.url + path, { method, headers: sent, agent: this.#agent }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            text: Buffer.concat(chunks).toString('utf8'),
            cookies: response.headers['set-cookie'] ?? [],
          }),
        );
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  /** Closes idle connections, before a server that has not been asked for a while does so at the moment it is. */
  hangUp() {
    this.#agent.destroy();
  }
}
