import { z } from 'zod';
import { parsePattern } from '../../routes/route-pattern.js';
import { duration, line, name, oneOf, origin, role, ruled, size, wholeNumber, yesOrNo } from './scalars.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const roles = () => z.array(role()).min(1, { error: 'must name at least one role' }).max(50);

const access = z
  .union(
    [
      oneOf('none', 'any'),
      z.strictObject({
        anyRole: roles().describe('One of them is enough').optional(),
        allRoles: roles().describe('All of them are needed').optional(),
        maxAge: duration('10s', '30d')
          .describe('Since the person signed in; older is asked to sign in again')
          .optional(),
        acr: line('a text').describe('How the person must have signed in, in the words of the provider').optional(),
      }),
    ],
    { error: 'must be none, any, or what is asked for, such as {anyRole: [orders-reader]}' },
  )
  .meta({ rule: '`none`, `any`, or `{anyRole, allRoles, maxAge, acr}`' });

const identity = z
  .union(
    [
      oneOf('token', 'headers', 'none'),
      z.strictObject({
        providerToken: z.strictObject({
          audience: line('a text').describe('Whom the token must be for; never Microsoft Graph'),
        }),
      }),
    ],
    { error: 'must be token, headers, none, or {providerToken: {audience: …}}' },
  )
  .meta({ rule: '`token`, `headers`, `none`, or `{providerToken: {audience}}`' });

const webSocket = z
  .union(
    [
      yesOrNo(),
      z.strictObject({
        origins: z.array(origin('https', 'http')).max(50).describe('Origins besides our own that may open one'),
      }),
    ],
    { error: 'must be true, false, or {origins: [https://…]}' },
  )
  .meta({ rule: 'true, false, or `{origins}`' });

const onStoreDown = z
  .union(
    [
      oneOf('deny'),
      z.strictObject({ stale: duration('1s', '5m').describe('How old the last decision about this session may be') }),
    ],
    { error: 'must be deny, or {stale: 30s}' },
  )
  .meta({ rule: '`deny`, or `{stale: 30s}`' });

/** Which requests go where, and what is asked of them. */
export const route = z.strictObject({
  id: line('a text', 128).describe('What logs and figures call it; methods and path when absent').optional(),
  match: z.strictObject({
    path: line('a path, with * or {name} for one segment and /** at the end for all below it')
      .superRefine((text, context) => {
        const parsed = parsePattern(text);
        if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.fault });
      })
      .describe('Paths it takes'),
    methods: z
      .array(oneOf(...METHODS))
      .min(1, { error: 'must name at least one method, or be left out' })
      .max(METHODS.length)
      .describe('Methods it takes; all when absent. `GET` takes `HEAD` along')
      .optional(),
  }),
  upstream: name().describe('Where the request goes'),
  // Letters that have one spelling only, so that taking it away is taking away its length.
  stripPrefix: ruled(
    /^(\/[A-Za-z0-9._~-]+)+$/,
    'a path such as /api, of letters, digits and - . _ ~, without / at its end',
  )
    .describe('Beginning of the path that the upstream does not see')
    .optional(),
  auth: access
    .describe(
      'Who may pass: everybody (`none`), whoever is signed in (`any`), or who has these roles of the auth service',
    )
    .prefault('any'),
  identity: identity
    .describe('What the upstream is told: `Authorization: Bearer` (`token`), `X-Auth-*` (`headers`), or nothing')
    .optional(),
  bearer: oneOf('refuse', 'accept')
    .describe('Whether a client may send its own `Authorization`, for the upstream to check')
    .prefault('refuse'),
  csrf: yesOrNo()
    .describe(
      'Whether unsafe methods with a cookie must show that our own pages sent them. false where `auth` is `none`',
    )
    .optional(),
  websocket: webSocket.describe('Whether it may be upgraded').prefault(false),
  timeout: z
    .strictObject({
      connect: duration('50ms', '30s').describe('Until connected to an instance').prefault('2s'),
      headers: duration('50ms', '10m').describe('Until the first byte of the answer').prefault('30s'),
      idle: duration('0s', '24h')
        .describe('Between two pieces of a body or of a socket, in either direction; 0s: no limit')
        .prefault('60s'),
    })
    .prefault({}),
  limits: z
    .strictObject({ body: size('1B', '100GiB').describe('In place of `server.limits.body`').optional() })
    .prefault({}),
  retry: z
    .strictObject({
      attempts: wholeNumber(0, 5)
        .describe('Beyond the first; only methods that may be repeated, without a body')
        .prefault(1),
    })
    .prefault({}),
  onStoreDown: onStoreDown
    .describe('While the sessions cannot be read: 503, or what was decided a moment ago')
    .prefault('deny'),
  login: name().describe('Provider a page is sent to; `login` of the file when absent').optional(),
});
