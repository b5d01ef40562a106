import type { EarlyRefusal } from '@gatehouse/nest-kit';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { PasswordAdmission } from '../password-admission.js';
import { Overloaded } from '../passwords.errors.js';
import { hashesPassword } from './hashes-password.decorator.js';

/**
 * Refuses what could not be hashed in time before anything is done for it: at the door while there is no room, and again once the
 * body is there, which is when a place is taken. Places are not for those who announce a request and then take their time: a few
 * dozen of them would keep everybody out.
 */
export class RushDoor implements EarlyRefusal {
  /** One for all: where it was thrown is known, and a stack for each would be more work in a rush than saying no. */
  private readonly overloaded = new Overloaded();
  private readonly routes = new Set<string>();
  private onShed: () => void = () => undefined;

  /**
   * @param admission - the places
   * @param ownPages - whether pages of other origins may read answers: theirs carry more than is said at the door
   */
  constructor(
    private readonly admission: PasswordAdmission,
    private readonly ownPages: boolean,
  ) {}

  /** Before the framework: what is sent to the very address of a route that hashes. */
  refuse(request: IncomingMessage, path: string): Overloaded | undefined {
    if (!this.admission.isFull || !this.routes.has(`${request.method ?? ''} ${path}`)) return undefined;
    if (this.ownPages && request.headers.origin !== undefined) return undefined;
    this.onShed();
    return this.overloaded;
  }

  /** Within it: the same for addresses that a router understands in other ways too. Must run before routes are registered. */
  guard(fastify: FastifyInstance, onShed: () => void): void {
    const { admission, overloaded } = this;
    this.onShed = onShed;
    const refuse = (done: (error: Error) => void) => {
      onShed();
      done(overloaded);
    };
    fastify.addHook('onRoute', ({ method, url, config }) => {
      if (hashesPassword(config)) for (const one of [method].flat()) this.routes.add(`${one} ${url}`);
    });
    fastify.addHook('onRequest', (request, _reply, done) => {
      if (hashesPassword(request.routeOptions.config) && admission.isFull) refuse(done);
      else done();
    });
    fastify.addHook('preValidation', (request, reply, done) => {
      if (!hashesPassword(request.routeOptions.config)) return done();
      const leave = admission.enter();
      if (!leave) return refuse(done);
      // Comes whatever happens to the request, also when the client goes away.
      reply.raw.once('close', leave);
      done();
    });
  }
}
