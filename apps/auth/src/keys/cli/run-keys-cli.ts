import { ConfigError } from '@gatehouse/config';
import { AppError } from '@gatehouse/failures';
import { generateSecrets } from '../../config/embedded-secrets.js';
import { RootKey } from '../bundle/root-key.js';
import { KEY_REVOCATION_REASONS } from '../signing/signing-key.js';
import { keyLines } from './key-lines.js';
import { openKeys, type OpenKeys } from './open-keys.js';

export interface KeysCliOutcome {
  /** 0 when it is done, 1 when it was refused, 2 on wrong usage or a database that cannot be reached. */
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

const USAGE = [
  'new             a fresh set of secrets, ready for a secret store',
  'list            the signing keys, with their states and dates',
  'rotate          has the key that waits take over',
  'revoke KID WHY  withdraws a key for good; WHY: compromised, suspected, staff_change, drill or other',
  'reseal          seals with KEY_ENCRYPTION_KEY what KEY_ENCRYPTION_KEY_OTHER has sealed',
];

const done = (...lines: string[]): KeysCliOutcome => ({ exitCode: 0, lines });
const refused = (...lines: string[]): KeysCliOutcome => ({ exitCode: 1, lines });

/** One command about signing keys. Reads the same environment as the service. Never throws for what may go wrong. */
export async function runKeysCli(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<KeysCliOutcome> {
  if (command === 'new') return done(...freshSecrets());
  const act = COMMANDS[command];
  if (!act) return { exitCode: 2, lines: ['Give one of:', ...USAGE] };
  let keys: OpenKeys | undefined;
  try {
    keys = await openKeys(env);
    return await act(keys, args);
  } catch (error) {
    if (error instanceof ConfigError) return { exitCode: 2, lines: [error.message] };
    if (!(error instanceof AppError)) throw error;
    return { exitCode: error.code === 'DEGRADED_UNAVAILABLE' ? 2 : 1, lines: [`${error.message} (${error.code})`] };
  } finally {
    await keys?.close();
  }
}

type KeyCommand = (keys: OpenKeys, args: readonly string[]) => Promise<KeysCliOutcome>;

const COMMANDS: Readonly<Record<string, KeyCommand>> = {
  list: async (keys) => done(...keyLines(await keys.list.run())),

  rotate: async (keys) => {
    const { activeKid } = await keys.rotate.run();
    return done(`${activeKid} signs from now on. Running instances take it up within seconds.`);
  },

  revoke: async (keys, [kid, why]) => {
    const reason = KEY_REVOCATION_REASONS.find((known) => known === why && known !== 'feed');
    if (!kid || !reason) return { exitCode: 2, lines: ['Give a kid and a reason.', ...USAGE] };
    await keys.withdraw.takeOut(kid, reason);
    return done(`${kid} is withdrawn. Running instances stop signing with it and tell every service within seconds.`);
  },

  reseal: async (keys) => {
    const { resealed, upToDate, unopened } = await keys.reseal();
    if (unopened.length === 0)
      return done(`Sealed anew: ${resealed}. Sealed with KEY_ENCRYPTION_KEY before: ${upToDate}.`);
    return refused(
      `Neither KEY_ENCRYPTION_KEY nor KEY_ENCRYPTION_KEY_OTHER opens: ${unopened.join(', ')}.`,
      `Sealed anew: ${resealed}.`,
    );
  },
};

/** Nothing is kept of them here. */
function freshSecrets(): string[] {
  const { keyEncryptionKey, rootSigningKey } = generateSecrets();
  return [
    '# For the auth service. Secret.',
    `KEY_ENCRYPTION_KEY=${keyEncryptionKey}`,
    `ROOT_SIGNING_KEY=${rootSigningKey.replace(/-----[A-Z ]+-----|\s/g, '')}`,
    '# For every other service. Public.',
    `AUTH_TRUST_ANCHOR=${RootKey.parse(rootSigningKey).trustAnchor}`,
  ];
}
