import type { Environment } from '@gatehouse/config';
import { randomHex } from '@gatehouse/kernel';
import {
  configFromEnvironment,
  createSessionValidator,
  InvalidConfiguration,
  type SessionValidator,
  type SessionValidatorConfig,
} from '@gatehouse/session-validator';
import { Trouble } from '../terminal/exit-code.js';

/** Half of the five seconds in which a command answers, come what may. */
export const READY_WITHIN_MS = 2_500;

/** The settings a service would give its validator. @throws {Trouble} `CONFIG_INVALID` */
export function validatorSettings(env: Environment): SessionValidatorConfig {
  return asTrouble(() => configFromEnvironment(env));
}

/** As `createSessionValidator`, quiet, and in no list of services that enforce. @throws {Trouble} `CONFIG_INVALID` */
export function makeValidator(config: SessionValidatorConfig): SessionValidator {
  return asTrouble(() =>
    createSessionValidator({ ...config, receipts: false, activity: false, warn: () => undefined }),
  );
}

/**
 * A validator that follows the feed as those of the services do, and judges nothing: it is given a key nobody has.
 *
 * @throws {Trouble} `CONFIG_INVALID`
 */
export function makeFollower(env: Environment): SessionValidator {
  const settings = validatorSettings(env);
  if ([settings.redisUrl, settings.redis, settings.authUrl].every((place) => place === undefined)) {
    throw new Trouble('CONFIG_INVALID', 'REDIS_URL or AUTH_URL is needed: the feed comes from there');
  }
  const nobody = { issuer: 'nobody', audience: 'nobody', jwtSecret: randomHex(32) };
  return makeValidator({ ...settings, trustAnchor: undefined, jwksUri: undefined, ...nobody });
}

/** Somewhat longer than from one heartbeat to the next. */
const PROOF_WITHIN_MS = 1_300;
const LOOK_EVERY_MS = 20;

/** Waits for the first heartbeat that comes while we listen: only then is it known how old the list is. */
export async function awaitProof(validator: SessionValidator): Promise<void> {
  const endMs = performance.now() + PROOF_WITHIN_MS;
  const isOpen = () => validator.health().feed.state !== 'off' && validator.health().feed.ageSeconds === null;
  while (isOpen() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

function asTrouble<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    throw new Trouble('CONFIG_INVALID', `the environment cannot be used: ${error.faults.join('; ')}`);
  }
}
