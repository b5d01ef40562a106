import { ConfigError } from '@gatehouse/config';

/** Where in the file: member names and places in lists. */
export type FaultPath = readonly (string | number)[];

/** Something that keeps the file from being used. Names and rules, never values. */
export interface ConfigFault {
  readonly path: FaultPath;
  /** From 1; absent where the fault is in the environment or the file cannot be read at all. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong and what to write instead. */
  readonly message: string;
}

/** The gateway cannot start, or keeps what it had: one list of all that is wrong. */
export class GatewayConfigRefused extends ConfigError {
  constructor(
    readonly file: string,
    readonly details: readonly ConfigFault[],
  ) {
    super(details.map((fault) => describeFault(file, fault)));
  }
}

/** `gateway.yaml:12:5 routes[2].upstream: names no upstream of this file`. */
export function describeFault(file: string, { path, line, column, message }: ConfigFault): string {
  const place = line === undefined ? '' : `${file}:${line}:${column ?? 1} `;
  const member = pathText(path);
  return `${place}${member === '' ? '' : `${member}: `}${message}`;
}

/** `routes[2].match.path`. */
export function pathText(path: FaultPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
