import type { FastifyInstance } from 'fastify';
import { NotLines } from '../user-import.errors.js';

export const NDJSON = 'application/x-ndjson';

/** The one route that takes lines. */
export const IMPORT_PATH = '/api/v1/admin/users/import';

/**
 * Lets the import have its body as a stream, unread: what is not asked for stays in the socket and slows the sender. Every other
 * route goes on refusing the type. Must run before routes are registered.
 */
export function acceptLines(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(NDJSON, (request, payload, done) => {
    const { 'content-encoding': coding } = request.headers;
    const isEncoded = coding !== undefined && coding.toLowerCase() !== 'identity';
    if (request.routeOptions.url !== IMPORT_PATH || isEncoded) return done(new NotLines());
    done(null, payload);
  });
}
