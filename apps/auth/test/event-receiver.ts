import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';

/** What a receiver answers: a status, with `err` and headers where they matter; `lost` breaks the connection, `never` says nothing. */
export type ReceiverAnswer =
  | 'lost'
  | 'never'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

export const TAKEN: ReceiverAnswer = { status: 202 };
export const refusal = (err: string) => ({
  status: 400,
  body: JSON.stringify({ err, description: 'a word' }),
});

/**
 * A receiver of security events (RFC 8935) on a socket. It believes nothing that the keys do not vouch for, and takes each `jti` once.
 */
export class EventReceiver {
  /** All that were verified, repeats included, in the order they came. */
  readonly deliveries: JWTPayload[] = [];
  /** What was not as it must be. */
  readonly faults: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  /** Decides about each verified delivery. */
  answer: (claims: JWTPayload, delivery: number) => ReceiverAnswer | Promise<ReceiverAnswer> = () => TAKEN;
  private server: Server | undefined;
  private port = 0;

  constructor(
    private readonly keys: () => JWTVerifyGetKey | Promise<JWTVerifyGetKey>,
    readonly issuer: string,
    readonly audience: string,
  ) {
    open.add(this);
  }

  /** Comes up, where it was before if it was. */
  async up(): Promise<this> {
    const server = createServer((request, response) => void this.take(request, response));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  async down(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server?.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/events`;
  }

  /** Each event once, in the order of first arrival. */
  get events(): readonly JWTPayload[] {
    return [...new Map(this.deliveries.map((claims) => [claims.jti, claims])).values()];
  }

  /** The sessions that the events name, in order. */
  get sessions(): readonly (string | undefined)[] {
    return this.events.map(sessionOf);
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = await text(request).catch(() => '');
    this.headers.push(request.headers);
    try {
      if (request.method !== 'POST') throw new Error(`asked with ${request.method}`);
      const type = request.headers['content-type'];
      if (type !== 'application/secevent+jwt') throw new Error(`sent as ${type}`);
      const { issuer, audience } = this;
      const { payload } = await jwtVerify(token, await this.keys(), { issuer, audience, typ: 'secevent+jwt' });
      this.deliveries.push(payload);
      const answer = await this.answer(payload, this.deliveries.length);
      if (answer === 'never') return;
      if (answer === 'lost') return void request.socket.destroy();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch (error) {
      this.faults.push(String(error));
      response.writeHead(400).end(JSON.stringify({ err: 'invalid_request' }));
    }
  }
}

export function sessionOf(claims: JWTPayload): string | undefined {
  return (claims['sub_id'] as { readonly session?: { readonly id: string } }).session?.id;
}

const open = new Set<EventReceiver>();

// A test that fails before it closes its receiver must not keep the run from ending.
afterAll(async () => {
  await Promise.all([...open].map((receiver) => receiver.down()));
});
