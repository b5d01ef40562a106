import { Command } from 'commander';
import type { World } from '../environment/world.js';
import { diagnosisLines } from './diagnosis-lines.js';
import { Doctor } from './doctor.js';
import { examineManifest } from './manifest/examine-manifest.js';
import { readManifest } from './manifest/read-manifest.js';

export function doctorCommand(world: World): Command {
  return new Command('doctor')
    .description('Checks a set-up and refuses a dangerous one. Says what each finding means and how to cure it.')
    .option(
      '--manifest <file>',
      'judge a Kubernetes or Compose manifest, or a redis.conf, without any server; - for standard input',
    )
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ manifest }: { readonly manifest?: string }) => {
      const { terminal, env, stdin } = world;
      const diagnosis =
        manifest === undefined ? await new Doctor(env).run() : examineManifest(await readManifest(manifest, stdin));
      terminal.answer(diagnosis, () => diagnosisLines(diagnosis, terminal));
      if (!diagnosis.isComplete) world.end(2);
      else if (diagnosis.verdict === 'unsound') world.end(1);
    });
}

const EXAMPLES = `
Run it with the environment of a service, where that service runs; once more with that of the auth service. It writes one key
that is gone after ten seconds, and says one word on a channel of its own.

Examples:
  $ gatehouse doctor
  $ gatehouse doctor --json | jq -r '.findings[] | select(.severity == "danger") | .code'
  $ gatehouse doctor --manifest k8s/redis.yaml
  $ kubectl get statefulset,service -l app=redis -o yaml | gatehouse doctor --manifest -

Ends with 0 when there is no danger, 1 when there is, 2 when a server that is named could not be reached.`;
