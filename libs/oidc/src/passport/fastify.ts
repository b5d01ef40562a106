interface Reply {
  header(name: string, value: string): unknown;
  send(body?: string): unknown;
}

/** As much of a Fastify instance as is needed here. */
export interface FastifyLike {
  decorateReply(name: string, value: unknown): unknown;
  decorateRequest(name: string, value: unknown): unknown;
  addHook(name: 'onRequest', hook: (request: object, reply: object, done: () => void) => void): unknown;
}

/**
 * Lets Passport speak to Fastify's replies, which it takes for Node's: it redirects with `setHeader` and `end`. Call it once
 * before the app listens; with Nest: `usePassportOnFastify(app.getHttpAdapter().getInstance())`.
 */
export function usePassportOnFastify(app: FastifyLike): void {
  app.decorateReply('setHeader', function (this: Reply, name: string, value: string) {
    return this.header(name, value);
  });
  app.decorateReply('end', function (this: Reply, body?: string) {
    this.send(body);
  });
  app.decorateRequest('res', null);
  app.addHook('onRequest', (request, reply, done) => {
    Object.assign(request, { res: reply });
    done();
  });
}
