// Makes a release: numbers, changelog, commit and tag. It publishes nothing; the tag does, once it is pushed.
//   npm run release -- <patch | minor | major | version> [--dry-run]
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { releaseVersion } from 'nx/release';
import { must } from '../run/command.mjs';
import { Refusal, runMain, TOP } from '../run/top.mjs';
import { released } from './changelog.mjs';
import { versionOfAll } from './versions.mjs';

const CHANGELOG = join(TOP, 'CHANGELOG.md');
const git = (...args) => execFileSync('git', args, { cwd: TOP, encoding: 'utf8' }).trim();

await runMain(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'dry-run': { type: 'boolean' } } });
  const [specifier, ...more] = positionals;
  if (!specifier || more.length > 0)
    throw new Refusal('usage: npm run release -- <patch|minor|major|version> [--dry-run]');
  const dryRun = values['dry-run'] ?? false;
  versionOfAll();
  if (!dryRun && git('status', '--porcelain')) throw new Refusal('There are changes that are not committed.');
  const before = readFileSync(CHANGELOG, 'utf8');
  // Before a file is touched: whether there is anything to release does not depend on the number.
  released(before, 'next', '');

  const { workspaceVersion: version } = await releaseVersion({ specifier, dryRun, gitCommit: false, gitTag: false });
  if (!version) throw new Refusal('There is no one number for everything.');
  const text = released(before, version, new Date().toISOString().slice(0, 10));
  if (dryRun) {
    process.stdout.write(
      `\nCHANGELOG.md would name ${version}, and the tag would be v${version}. Nothing was changed.\n`,
    );
    return;
  }
  writeFileSync(CHANGELOG, text);
  // The workspace itself is no project of its own, and has the number all the same.
  const manifest = join(TOP, 'package.json');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/^ {2}"version": "[^"]+"/m, `  "version": "${version}"`),
  );
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await must('Locking', npm, ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']);
  await must('Formatting', process.execPath, [
    join(TOP, 'node_modules/prettier/bin/prettier.cjs'),
    '--check',
    CHANGELOG,
  ]);
  if (versionOfAll() !== version) throw new Refusal('Not everything got the number.');
  git('commit', '--all', '--message', `Release ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `Gatehouse ${version}`);
  process.stdout.write(`\nv${version} is committed and tagged. To publish it: git push --follow-tags\n`);
});
