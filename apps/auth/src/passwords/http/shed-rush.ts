import type { FastifyInstance } from 'fastify';
import type { PasswordAdmission } from '../password-admission.js';
import { Overloaded } from '../passwords.errors.js';
import { hashesPassword } from './hashes-password.decorator.js';

/**
 * Refuses what could not be hashed in time before anything is done for it: at the door while there is no room, and again once the
 * body is there, which is when a place is taken. Places are not for those who announce a request and then take their time: a few
 * dozen of them would keep everybody out. Must run before routes are registered.
 */
export function shedRush(fastify: FastifyInstance, admission: PasswordAdmission, onShed: () => void): void {
  // One for all: where it was thrown is known, and a stack for each would be more work in a rush than saying no.
  const overloaded = new Overloaded();
  const refuse = (done: (error: Error) => void) => {
    onShed();
    done(overloaded);
  };
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
