import { providerSettings } from '@gatehouse/oidc';
import { z } from 'zod';
import { route } from './route.schema.js';
import { name, oneOf, yesOrNo } from './scalars.js';
import { auth, server, session } from './server.schema.js';
import { upstream } from './upstream.schema.js';

/** The file as people write it, and after reading as numbers and URLs. What one member says of another is looked at later. */
export const gatewayFile = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }).meta({ rule: '1' }).describe('Of this format'),
  server,
  auth,
  providers: z
    .record(name(), providerSettings)
    .refine((providers) => Object.keys(providers).length > 0, { error: 'must name at least one provider' })
    .describe('Who proves who people are'),
  login: name().describe('Provider a page is sent to. Without it, and with several, people choose').optional(),
  session,
  forwardAuth: yesOrNo()
    .describe('Answers `/_gw/auth` for NGINX, Caddy and Traefik. Needs `server.trustedProxies`')
    .prefault(false),
  upstreams: z.record(name(), upstream).describe('Services behind the gateway'),
  routes: z.array(route).max(1_000).describe('Which requests go where. The most specific path decides'),
  default: oneOf('deny').describe('What becomes of the rest: 404').prefault('deny'),
});

export type GatewayFile = z.output<typeof gatewayFile>;
export type RouteInFile = GatewayFile['routes'][number];
export type UpstreamInFile = GatewayFile['upstreams'][string];
