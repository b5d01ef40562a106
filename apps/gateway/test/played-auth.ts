import { revocationUntilMs } from '@gatehouse/contracts';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { createTestIssuer, type FakeTime, MemoryFeed } from '@gatehouse/session-validator/testing';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface PlayedSession {
  readonly userId: number;
  refreshToken: string;
  /** The spent one, and what it was answered with: given again for ten seconds. */
  predecessor?: { readonly token: string; readonly answer: object; readonly atMs: number };
  hasEnded: boolean;
}

type Wrong = (response: ServerResponse) => unknown;

/** The auth service's `REFRESH_GRACE`. */
const GRACE_MS = 10_000;
const random = () => randomBytes(32).toString('base64url');

/**
 * Answers what the gateway asks of the auth service, over HTTP, by the agreed contract: real tokens, refresh tokens that work
 * once with the same grace and the same theft detection, and a feed that tells every validator at once.
 */
export class PlayedAuth {
  readonly issuer;
  readonly sessions = new Map<string, PlayedSession>();
  /** Every request, as `METHOD path`. */
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly bodies: string[] = [];
  rotations = 0;
  /** How long each answer takes. */
  delayMs = 0;
  /** Answers in place of the contract, by path; `undefined` ends it. */
  readonly wrong = new Map<string, Wrong>();
  accessTokenSeconds = 900;
  sessionMs = 7 * 86_400_000;
  roles: readonly string[] = ['user'];
  /** ID tokens whose roles were taken over. */
  readonly takenOver: string[] = [];
  private readonly generations = new Map<number, number>();
  private readonly feeds = new Set<MemoryFeed>();
  private readonly serviceTokens = new Set<string>();
  private nextUserId = 100;
  private server: Server | undefined;
  private readonly sockets = new Set<import('node:net').Socket>();

  constructor(private readonly time: FakeTime) {
    this.issuer = createTestIssuer({ audience: 'gatehouse', nowMs: () => time.nowMs() });
  }

  async listen(port = 0): Promise<void> {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.server?.listen(port, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.port}`);
  }

  /** Gone, with everything under way cut off. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
  }

  /** Breaks every connection and goes on listening. */
  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** A validator that hears of everything that ends here. */
  async validator(): Promise<{ readonly validator: SessionValidator; readonly feed: MemoryFeed }> {
    const feed = new MemoryFeed({ monotonicMs: () => this.time.monotonicMs() });
    this.feeds.add(feed);
    const validator = createSessionValidator({
      trustAnchor: this.issuer.trustAnchor,
      keyBundle: this.issuer.keyBundle(),
      feed,
      time: this.time,
      clockToleranceSeconds: 0,
      warn: () => undefined,
    });
    await validator.ready();
    return { validator, feed };
  }

  /** Ends a session, and tells. */
  end(sid: string): void {
    const session = this.sessions.get(sid);
    if (session) session.hasEnded = true;
    // Kept by the clock of the test, which may be hours ahead: by the wall clock it would be over at the next sweep.
    const untilMs = revocationUntilMs(this.time.nowMs(), this.accessTokenSeconds);
    for (const feed of this.feeds) feed.revoke({ scope: 'sid', value: sid, untilMs });
  }

  /** Other rights for everybody of that session's user. */
  changeRights(userId: number, roles: readonly string[]): void {
    this.roles = roles;
    const generation = (this.generations.get(userId) ?? 0) + 1;
    this.generations.set(userId, generation);
    for (const feed of this.feeds) feed.revoke({ scope: 'sub', value: String(userId), cutoff: generation });
  }

  /** Tokens of the gateway's own account are not known any more. */
  forgetServiceTokens(): void {
    this.serviceTokens.clear();
  }

  count(path: string): number {
    return this.requests.filter((one) => one === `POST ${path}`).length;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const path = request.url ?? '';
    this.requests.push(`${request.method} ${path}`);
    this.authorizations.push(request.headers.authorization);
    this.bodies.push(body);
    if (this.delayMs > 0) await sleep(this.delayMs);
    const wrong = this.wrong.get(path);
    if (wrong) return void wrong(response);
    const { status, answer } = this.answerTo(path, body, request.headers.authorization ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private answerTo(path: string, body: string, authorization: string): { status: number; answer: object } {
    switch (path) {
      case '/api/v1/auth/token':
        return this.clientToken(body, authorization);
      case '/api/v1/internal/federated-sign-in':
      case '/api/v1/internal/federated-sign-out':
        if (!this.serviceTokens.has(authorization)) return failure(401, 'TOKEN_INVALID');
        return path.endsWith('in') ? this.signIn() : this.signOutAtProvider(body);
      case '/api/v1/internal/federated-roles':
        if (!this.serviceTokens.has(authorization)) return failure(401, 'TOKEN_INVALID');
        return this.takeOver((JSON.parse(body) as { idToken: string }).idToken);
      case '/api/v1/auth/refresh':
        return this.refresh((JSON.parse(body) as { refresh_token: string }).refresh_token);
      case '/api/v1/auth/signout':
        return this.signOut(authorization);
      default:
        return failure(404, 'NOT_FOUND');
    }
  }

  private clientToken(body: string, authorization: string): { status: number; answer: object } {
    const expected = `Basic ${Buffer.from('svc_gateway:s%3Acr%C3%A9t%20%25').toString('base64')}`;
    const form = new URLSearchParams(body);
    const isRight = form.get('grant_type') === 'client_credentials' && form.get('scope') === 'federation';
    if (authorization !== expected || !isRight) return { status: 401, answer: { error: 'invalid_client' } };
    const token = random();
    this.serviceTokens.add(`Bearer ${token}`);
    return { status: 200, answer: { access_token: token, token_type: 'Bearer', expires_in: 300 } };
  }

  private signIn(): { status: number; answer: object } {
    const sid = randomBytes(32).toString('hex');
    const userId = this.nextUserId++;
    const session: PlayedSession = { userId, refreshToken: random(), hasEnded: false };
    this.sessions.set(sid, session);
    return success({
      userId,
      sessionId: sid,
      accessToken: this.accessToken(sid, userId),
      accessTokenExpiresAt: this.time.nowMs() + this.accessTokenSeconds * 1000,
      refreshToken: session.refreshToken,
      expiresAt: this.time.nowMs() + this.sessionMs,
    });
  }

  private takeOver(idToken: string): { status: number; answer: object } {
    if (this.takenOver.includes(idToken)) return failure(403, 'IDENTITY_REFUSED');
    this.takenOver.push(idToken);
    return success({ roles: this.roles });
  }

  private signOutAtProvider(body: string): { status: number; answer: object } {
    const { logoutToken, providerSessionId } = JSON.parse(body) as Record<string, string | undefined>;
    const sid = logoutToken ?? providerSessionId ?? '';
    if (!this.sessions.has(sid)) return failure(400, 'LOGOUT_TOKEN_INVALID');
    this.end(sid);
    return success({ ended: 1 });
  }

  private refresh(token: string): { status: number; answer: object } {
    for (const [sid, session] of this.sessions) {
      const { predecessor } = session;
      if (session.hasEnded) continue;
      if (session.refreshToken === token) return this.rotate(sid, session, token);
      if (predecessor?.token !== token) continue;
      if (this.time.nowMs() - predecessor.atMs <= GRACE_MS) return success(predecessor.answer);
      this.end(sid);
      return failure(401, 'REFRESH_REUSE_DETECTED');
    }
    return failure(401, 'REFRESH_EXPIRED');
  }

  private rotate(sid: string, session: PlayedSession, token: string): { status: number; answer: object } {
    this.rotations += 1;
    session.refreshToken = random();
    const answer = {
      access_token: this.accessToken(sid, session.userId),
      refresh_token: session.refreshToken,
      expires_in: this.accessTokenSeconds,
    };
    session.predecessor = { token, answer, atMs: this.time.nowMs() };
    return success(answer);
  }

  private signOut(authorization: string): { status: number; answer: object } {
    const [, payload = ''] = authorization.split('.');
    const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as { sid?: string };
    if (sid === undefined) return failure(401, 'TOKEN_INVALID');
    this.end(sid);
    return success({ signed_out: true });
  }

  private accessToken(sid: string, userId: number): string {
    const iat = Math.floor(this.time.nowMs() / 1000);
    const gen = this.generations.get(userId) ?? 0;
    const exp = iat + this.accessTokenSeconds;
    return this.issuer.token({ sid, sub: String(userId), roles: this.roles, gen, iat, exp, acr: 'aal1' });
  }
}

const success = (data: object) => ({ status: 200, answer: { success: true, data } });
const failure = (status: number, code: string) => ({
  status,
  answer: { success: false, error: { code, message: 'no' } },
});
