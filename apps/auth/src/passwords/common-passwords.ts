import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * About 49,000 passwords that leaked most often, lower case; 18,000 of them have eight characters or more. They come with
 * zxcvbn (MIT), which draws them from public breach collections. All offline: nothing about a password leaves the process.
 */
const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].map(String));

/** Whether the password is one an attacker tries first, however it is capitalised. */
export function isCommonPassword(password: string): boolean {
  return COMMON.has(password.normalize('NFKC').toLowerCase());
}
