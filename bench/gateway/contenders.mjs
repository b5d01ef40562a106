import { SUBJECT } from '../harness/placement.mjs';
import { startServer } from '../harness/server.mjs';
import { startApache } from './apache.mjs';
import { startNginxProxy } from './nginx.mjs';
import { NODE_OPTIONS } from './stage.mjs';

const rival = (name) => (stage, upstream) =>
  startServer(new URL(`./rivals/${name}.mjs`, import.meta.url), {
    core: SUBJECT,
    env: { UPSTREAM: upstream, NODE_OPTIONS },
  });

/**
 * Who is measured, all with the same upstream behind them. `knows` is what a proxy does about who asks; those without let everybody
 * through, and are asked with a cookie of the same size all the same.
 *
 * @typedef {{ title: string, start: (stage: object, upstream: string) => Promise<object>, path?: string, knows?: string }} Contender
 */
const bare = { title: 'bare node:http proxy', start: rival('node-http') };

/** @type {Record<string, Contender>} */
export const CONTENDERS = {
  bare,
  gateway: {
    title: 'Gatehouse gateway, session cookie, Redis',
    start: (stage, upstream) => stage.startGateway(upstream),
    knows: 'session; ended everywhere within milliseconds',
  },
  gatewayPublic: {
    title: 'Gatehouse gateway, a route for everybody',
    start: (stage, upstream) => stage.startGateway(upstream),
    path: '/api/public/orders',
  },
  httpProxy3: { title: 'http-proxy-3', start: rival('http-proxy-3') },
  fastifyHttpProxy: { title: '@fastify/http-proxy', start: rival('fastify-http-proxy') },
  nginx: { title: 'NGINX, one worker', start: (_stage, upstream) => startNginxProxy(upstream, SUBJECT) },
  apache: {
    title: 'Apache mod_auth_openidc, session cookie, Redis',
    start: ({ redisUrl }, upstream) => startApache({ upstream, redisUrl }, SUBJECT),
    knows: 'session; asked of Redis each time',
  },
  // Last, so that over two rounds it stands wherever the first one stands.
  bareAgain: { ...bare, title: 'the same again (control)' },
};
