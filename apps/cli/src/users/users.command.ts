import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { randomUuid } from '@gatehouse/kernel';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { World } from '../environment/world.js';
import { Trouble } from '../terminal/exit-code.js';
import { adminSettings } from './admin-settings.js';
import { exportCommand } from './export.command.js';
import { ImportFile, type ImportReport } from './import-file.js';

interface Options {
  readonly onConflict: 'skip' | 'update';
  readonly dryRun?: true;
  readonly fromLine: number;
  readonly importId?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** So often, at the most, is progress told. */
const EVERY_MS = 2_000;

/** `gatehouse users …`: people, by the file. */
export function usersCommand(world: World): Command {
  return new Command('users')
    .description('People, by the file.')
    .addCommand(importCommand(world))
    .addCommand(exportCommand(world));
}

function importCommand(world: World): Command {
  return new Command('import')
    .description(
      'Takes over people of another system with the password hashes they have there, one JSON object a line.',
    )
    .argument('<file>', 'the file, or - for standard input')
    .addOption(
      new Option('--on-conflict <what>', 'for an address that is known: leave it, or bring it up to date')
        .choices(['skip', 'update'])
        .default('skip'),
    )
    .option('--dry-run', 'say what would happen, and change nothing')
    .option('--from-line <number>', 'go on from there', lineNumber, 1)
    .option('--import-id <id>', 'the import to go on with', uuid)
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: Options) => run(world, file, options));
}

const EXAMPLES = `
Needs AUTH_URL and ADMIN_ACCESS_TOKEN, of an administrator who signed in within the last quarter of an hour.

Examples:
  $ gatehouse users import people.ndjson --dry-run
  $ gatehouse users import people.ndjson
  $ gatehouse users import people.ndjson --from-line 52001 --import-id 0b0e…

Sending lines again does no harm: who is there already is skipped.

Ends with 0 when every line was taken, 1 when some were not, 2 when it had to stop; it then says where to go on.`;

async function run(world: World, file: string, given: Options): Promise<void> {
  const { terminal, stop } = world;
  const { authUrl, token } = await adminSettings(world.env);
  const chunks = file === '-' ? world.stdin : await opened(file);
  const { HttpImportApi } = await import('./adapters/http-import-api.js');
  const { onConflict, fromLine, dryRun = false, importId = randomUuid() } = given;
  const report: ImportReport = {
    importId,
    dryRun,
    nextLine: fromLine,
    created: 0,
    updated: 0,
    skipped: 0,
    failed: 0,
    failures: [],
  };
  const isAlone = terminal.isJson;
  const startedMs = performance.now();
  let toldMs = startedMs;
  const tell = ({ nextLine }: ImportReport): void => {
    if (isAlone || performance.now() - toldMs < EVERY_MS) return;
    toldMs = performance.now();
    const perSecond = Math.round((nextLine - fromLine) / ((toldMs - startedMs) / 1_000));
    terminal.note(`gatehouse: line ${nextLine - 1}, ${perSecond} a second, ${report.failed} not taken`);
  };
  const goOn = () => terminal.note(`gatehouse: go on with --from-line ${report.nextLine} --import-id ${importId}`);
  stop.addEventListener('abort', goOn, { once: true });
  try {
    const options = { importId, dryRun, onConflict, fromLine };
    await new ImportFile(new HttpImportApi(authUrl, token), tell).run(chunks, options, report, stop);
  } catch (error) {
    if (!stop.aborted) goOn();
    throw error;
  } finally {
    stop.removeEventListener('abort', goOn);
  }
  terminal.answer(report, () => linesOf(report));
  if (report.failed > 0) world.end(1);
}

async function opened(file: string): Promise<AsyncIterable<Buffer>> {
  const found = await stat(file).catch(() => undefined);
  if (!found || found.isDirectory()) throw new Trouble('FILE_UNREADABLE', 'there is no such file');
  return createReadStream(file, { highWaterMark: 2 ** 18 });
}

function linesOf({ failures, failed, created, updated, skipped, dryRun, importId }: ImportReport): string[] {
  const would = dryRun ? ' would be' : '';
  return [
    ...failures.map(({ line, code, field }) => `line ${line}: ${code}${field === undefined ? '' : ` (${field})`}`),
    ...(failed > failures.length ? [`… and ${failed - failures.length} more`] : []),
    `${created}${would} created, ${updated}${would} updated, ${skipped} known, ${failed} not taken; import ${importId}`,
  ];
}

function lineNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('A line number begins at 1.');
  return Number(text);
}

function uuid(text: string): string {
  if (!UUID.test(text)) throw new InvalidArgumentError('An id of an import is a UUID.');
  return text.toLowerCase();
}
