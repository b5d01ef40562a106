import type { Environment } from '@gatehouse/config';
import { isAbsolute, resolve } from 'node:path';
import { readSmallFile } from './adapters/read-small-file.js';
import type { ReadText } from './read-yaml.js';

const FILE = 'file:';
const MAX_SECRET_BYTES = 64 * 1024;
/** `$${` is a literal `${`; everything else that begins with `${` must be a variable. */
const VARIABLE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/**
 * Fills in what the file leaves to its surroundings: `${NAME}`, `${NAME:-default}`, and `file:path` for the content of a file
 * (a relative path counts from the folder of the gateway's file). An empty variable counts as absent. Filled in after the
 * YAML was read, so that a value can never add settings.
 */
export function valuesFrom(env: Environment, folder: string): ReadText {
  return (text, path, fault) => {
    const isFile = text.startsWith(FILE);
    // A token file is read anew for each call, since its content changes by the hour.
    if (isFile && path.at(-1) === 'tokenFile') fault('is the path itself; leave file: out');
    const filled = fillIn(isFile ? text.slice(FILE.length) : text, env, fault);
    return isFile && filled !== '' ? contentOf(filled, folder, fault) : filled;
  };
}

function fillIn(text: string, env: Environment, fault: (message: string) => void): string {
  return text.replace(VARIABLE, (whole, name: string | undefined, fallback: string | undefined) => {
    if (whole === '$${') return '${';
    if (name === undefined) {
      fault('has ${ without a name and }; a literal one is $${');
      return '';
    }
    const value = env[name];
    if (value !== undefined && value.trim() !== '') return value;
    if (fallback === undefined) fault(`needs the environment variable ${name}, or \${${name}:-default}`);
    return fallback ?? '';
  });
}

function contentOf(path: string, folder: string, fault: (message: string) => void): string {
  const read = readSmallFile(isAbsolute(path) ? path : resolve(folder, path), MAX_SECRET_BYTES);
  if (!read.ok) fault(`names a file that ${read.why}`);
  else if (read.text.trim() === '') fault('names a file that is empty');
  return read.ok ? read.text.trim() : '';
}
