import { parseArgs } from 'node:util';
import { AppError } from '@gatehouse/failures';
import { AUDIT_FAULTS, type AuditVerdict } from './audit-verdict.js';
import { checkpointIn } from './checkpoint.js';
import type { VerifyAuditLog } from './verify-audit-log.js';

export const VERIFY_USAGE = `Usage: npm run audit:verify -- [--json] [--quiet] [--checkpoint <seq>:<hash>]

Reads the whole audit log and says whether it is as it was written.

  --checkpoint  an end of the log as it was once told ("audit checkpoint" in the log of the service): finds a log that
                was put back to an earlier state
  --json        one line of JSON on standard output
  --quiet       no progress

Exit code: 0 when nothing is wrong, 1 when something is, 2 when it could not be checked.
`;

export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const OK = 0;
const BROKEN = 1;
const NOT_CHECKED = 2;

/** Between two lines of progress, in ms. */
const TELL_EVERY_MS = 1_000;

/** `audit:verify` on the command line. @returns the exit code. */
export async function verifyCommand(
  args: readonly string[],
  open: () => Promise<{ readonly verify: Pick<VerifyAuditLog, 'run'>; readonly close: () => Promise<void> }>,
  io: CommandIo,
): Promise<number> {
  const options = optionsIn(args);
  if (options === 'help') {
    io.out(VERIFY_USAGE);
    return OK;
  }
  if (!options) {
    io.err(VERIFY_USAGE);
    return NOT_CHECKED;
  }
  try {
    const { verify, close } = await open();
    try {
      const onProgress = options.quiet ? () => undefined : tellProgress(io);
      const { checkpoint } = options;
      const verdict = await verify.run({ onProgress, ...(checkpoint ? { checkpoint } : {}) });
      io.out(options.json ? `${JSON.stringify(verdict)}\n` : inWords(verdict));
      return verdict.intact ? OK : BROKEN;
    } finally {
      await close();
    }
  } catch (error) {
    io.err(`The audit log could not be checked: ${reasonOf(error)}\n`);
    return NOT_CHECKED;
  }
}

function optionsIn(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        checkpoint: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const checkpoint = values.checkpoint === undefined ? undefined : checkpointIn(values.checkpoint);
    const isBad = values.checkpoint !== undefined && checkpoint === undefined;
    return isBad ? undefined : { json: values.json, quiet: values.quiet, checkpoint };
  } catch {
    return undefined;
  }
}

function tellProgress(io: CommandIo): (checked: number, upToSeq: number) => void {
  let toldAtMs = performance.now();
  return (checked, upToSeq) => {
    if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = performance.now();
    io.err(`${checked} of ${upToSeq} events checked\n`);
  };
}

function inWords({ intact, checked, head, fault, flaws, adopted, unlinked }: AuditVerdict): string {
  const lines = [
    fault ? `BROKEN at event ${fault.seq}: ${AUDIT_FAULTS[fault.what]}.` : undefined,
    ...flaws.map(
      ({ seq, occurredAtMs }) =>
        `TAMPERED: event ${seq} (${new Date(occurredAtMs).toISOString()}) says that the service found the log damaged.`,
    ),
    intact ? `Intact: ${checked} events are as they were written.` : `${checked} events before that hold together.`,
    head.prunedSeq > 0 ? `Events up to ${head.prunedSeq} were removed by age.` : undefined,
    adopted > 0 ? `${adopted} events were linked after they had been put into the table by something else.` : undefined,
    unlinked > 0 ? `${unlinked} events are not linked yet; a running service does that within a minute.` : undefined,
    intact && head.seq > 0
      ? `Note down, where nobody with the database can reach it: ${head.seq}:${head.hash}`
      : undefined,
  ];
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`;
}

function reasonOf(error: unknown): string {
  // Causes may name hosts and statements; what went wrong is said by our own errors.
  return error instanceof AppError || error instanceof VerifyImpossible ? error.message : 'an unexpected error';
}

/** There is nothing to check, or no way to it. */
export class VerifyImpossible extends Error {}
