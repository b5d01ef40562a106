import {
  type ConfigOf,
  type ConfigRule,
  defineConfig,
  flag,
  oneOf,
  port,
  seconds,
  secret,
  text,
  url,
} from '@gatehouse/config';

/** Tenant of the application: its people sign in to it. */
export const HOME_TENANT = '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4a01';
/** Tenant of a company the application knows nothing of. */
export const OTHER_TENANT = '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4a02';

const fields = {
  PORT: port().default('8083').describe('Where it listens'),
  HOST: text().default('127.0.0.1').describe('Address it listens on'),
  ALLOW_NETWORK: flag()
    .default('false')
    .describe('Lets HOST be more than loopback: whoever reaches it may sign in as anybody'),
  PUBLIC_URL: url()
    .optional()
    .describe('Origin under which browsers and services reach it; http://127.0.0.1:PORT when absent'),
  CLIENT_ID: text({ maxLength: 200 })
    .default('5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4aff')
    .describe('The one application that may sign people in'),
  CLIENT_SECRET: secret({ minBytes: 16 }).describe('What that application proves itself with (`client_secret_post`)'),
  REDIRECT_URIS: text({ maxLength: 8_000 }).describe('Where people may be sent back to, exactly; separated by commas'),
  POST_LOGOUT_REDIRECT_URIS: text({ maxLength: 8_000 })
    .optional()
    .describe('Where people may be sent after signing out, exactly; separated by commas'),
  BACKCHANNEL_LOGOUT_URI: url().optional().describe('Where logout tokens are posted when somebody signs out here'),
  FRONTCHANNEL_LOGOUT_URI: url()
    .optional()
    .describe('Opened in a frame, with `iss` and `sid`, on the page that follows when somebody signs out here'),
  ROTATE_REFRESH_TOKENS: flag()
    .default('false')
    .describe('Each refresh token is good once; presented again it ends the whole grant. Otherwise it stays as it is'),
  ACCESS_TOKEN_TTL_SECONDS: seconds({ min: 5, max: 86_400 })
    .default('3600')
    .describe('Life of its access and ID tokens'),
  DATA_DIR: text()
    .optional()
    .describe('Folder that keeps its signing keys over a restart; new keys at each start when absent'),
  NODE_ENV: oneOf('production', 'development', 'test')
    .default('development')
    .describe('It refuses to start in production'),
};

const neverInProduction: ConfigRule<typeof fields> = ({ NODE_ENV }) =>
  NODE_ENV === 'production'
    ? [
        'NODE_ENV is production: the development identity provider signs anybody in without a password and does not start there. Register the application at your real provider instead',
      ]
    : [];

const loopbackOnly: ConfigRule<typeof fields> = ({ HOST, ALLOW_NETWORK }) =>
  ALLOW_NETWORK || ['127.0.0.1', '::1', 'localhost'].includes(HOST)
    ? []
    : ['HOST is no loopback address; set ALLOW_NETWORK=true if everybody in that network may sign in as anybody'];

const absoluteAddresses: ConfigRule<typeof fields> = (config) =>
  (['REDIRECT_URIS', 'POST_LOGOUT_REDIRECT_URIS'] as const)
    .filter((name) => !listOf(config[name]).every((one) => /^https?:\/\//.test(one) && URL.canParse(one)))
    .map((name) => `${name} must be http:// or https:// addresses separated by commas`);

export const devIdpConfig = defineConfig(fields, neverInProduction, loopbackOnly, absoluteAddresses);
export type DevIdpSettings = ConfigOf<typeof fields>;

export function listOf(commaSeparated: string | undefined): readonly string[] {
  return (commaSeparated ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
}
