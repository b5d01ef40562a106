import { Command } from 'commander';
import type { World } from '../environment/world.js';
import { diagnosisLines } from './diagnosis-lines.js';
import type { Diagnosis } from './finding.js';

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
      const { terminal } = world;
      const diagnosis = await (manifest === undefined ? lookAtSetUp(world) : lookAtManifest(manifest, world));
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

// Loaded when asked for: a look at a file needs no driver of any server.
async function lookAtSetUp({ env }: World): Promise<Diagnosis> {
  const { Doctor } = await import('./doctor.js');
  return new Doctor(env).run();
}

async function lookAtManifest(path: string, { stdin }: World): Promise<Diagnosis> {
  const { readManifest } = await import('./manifest/read-manifest.js');
  const { examineManifest } = await import('./manifest/examine-manifest.js');
  return examineManifest(await readManifest(path, stdin));
}
