import type { FastifyInstance } from 'fastify';
import type { PasswordAdmission } from '../password-admission.js';
import { Overloaded } from '../passwords.errors.js';
import { hashesPassword } from './hashes-password.decorator.js';

/** Refuses what could not be hashed in time before anything is done for it. Must run before routes are registered. */
export function shedRush(fastify: FastifyInstance, admission: PasswordAdmission, onShed: () => void): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!hashesPassword(request.routeOptions.config)) return done();
    const leave = admission.enter();
    if (!leave) {
      onShed();
      return done(new Overloaded());
    }
    // Comes whatever happens to the request, also when the client goes away.
    reply.raw.once('close', leave);
    done();
  });
}
