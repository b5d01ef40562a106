import type { Environment } from '@gatehouse/config';
import type { Readable } from 'node:stream';
import type { ExitCode } from '../terminal/exit-code.js';
import type { OutputStream, Terminal } from '../terminal/terminal.js';

/** What the process is given. */
export interface Surroundings {
  readonly env: Environment;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream & NodeJS.WritableStream;
  readonly stderr: OutputStream & NodeJS.WritableStream;
  readonly version: string;
}

/** What a command may use. */
export interface World {
  readonly env: Environment;
  readonly stdin: Surroundings['stdin'];
  /** For questions; answers and remarks go through the terminal. */
  readonly stderr: Surroundings['stderr'];
  readonly terminal: Terminal;
  /** Aborts on Ctrl-C, on SIGTERM, and when nobody reads the output any more. */
  readonly stop: AbortSignal;
  /** What the process ends with; 0 unless told. */
  end(code: ExitCode): void;
}
