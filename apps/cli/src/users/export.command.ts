import { Command } from 'commander';
import type { World } from '../environment/world.js';
import { adminSettings } from './admin-settings.js';
import { ExportFile, type ExportReport } from './export-file.js';

interface Options {
  readonly out: string;
  readonly passwordHashes?: true;
}

/** So often, at the most, is progress told. */
const EVERY_MS = 2_000;

/** `gatehouse users export` */
export function exportCommand(world: World): Command {
  return new Command('export')
    .description('Writes everybody into a file that `users import` takes, one JSON object a line.')
    .requiredOption('--out <file>', 'the file; it appears once everybody is in it')
    .option('--password-hashes', 'with the hashes of the passwords, so that people keep them')
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => run(world, options));
}

const EXAMPLES = `
Needs AUTH_URL and ADMIN_ACCESS_TOKEN, of somebody with admin:users; with --password-hashes of an administrator who signed in
within the last quarter of an hour.

Examples:
  $ gatehouse users export --out people.ndjson
  $ gatehouse users export --out people.ndjson --password-hashes

Whoever has a file with hashes can try passwords for as long as they like: delete it once it is imported.

Ends with 0 when everybody is in the file, 2 when not; there is then no file, or the one of before.`;

async function run({ env, terminal, stop }: World, { out, ...given }: Options): Promise<void> {
  const passwordHashes = given.passwordHashes ?? false;
  const { authUrl, token } = await adminSettings(env);
  const { HttpExportApi } = await import('./adapters/http-export-api.js');
  const report: ExportReport = { out, passwordHashes, users: 0, bytes: 0 };
  const startedMs = performance.now();
  let toldMs = startedMs;
  const tell = ({ users }: ExportReport): void => {
    if (terminal.isJson || performance.now() - toldMs < EVERY_MS) return;
    toldMs = performance.now();
    const perSecond = Math.round(users / ((toldMs - startedMs) / 1_000));
    terminal.note(`gatehouse: ${users} people, ${perSecond} a second`);
  };
  await new ExportFile(new HttpExportApi(authUrl, token), tell).run(report, stop);
  terminal.answer(report, () => [
    `${report.users} people, ${passwordHashes ? 'with' : 'without'} the hashes of their passwords; ${report.bytes} bytes`,
  ]);
}
