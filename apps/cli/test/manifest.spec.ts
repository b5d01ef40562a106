import { testFolder } from '@gatehouse/testing';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { examineManifest } from '../src/doctor/manifest/examine-manifest.js';
import { readManifest } from '../src/doctor/manifest/read-manifest.js';
import type { Diagnosis } from '../src/doctor/finding.js';
import { gatehouse } from './harness/gatehouse.js';

const manifest = (name: string) => join(__dirname, 'manifests', name);
const folder = testFolder('manifests');

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function judged(path: string, stdin = '') {
  const ended = await gatehouse(['doctor', '--json', '--manifest', path], {}, stdin);
  const { findings, verdict } = ended.json<Diagnosis>();
  return { code: ended.code, verdict, codes: findings.map(({ code }) => code) };
}

describe('doctor --manifest', () => {
  it('refuses independent servers behind one address that evict what was revoked', async () => {
    expect(await judged(manifest('evicting-statefulset.yaml'))).toEqual({
      code: 1,
      verdict: 'unsound',
      codes: [
        'REDIS_EVICTS',
        'REDIS_SPLIT_SERVERS',
        'REDIS_SNAPSHOTS_ONLY',
        'REDIS_PLAINTEXT',
        'MANIFEST_PASSWORD_IN_ARGUMENTS',
        'MANIFEST_SERVICE_MISSING',
        'MANIFEST_NO_PROBES',
      ],
    });
  });

  it('takes a Sentinel for what it is, though it runs from the image of the server', async () => {
    const sentinel = (command: string) =>
      `kind: StatefulSet
metadata: { name: watcher }
spec: { replicas: 3, template: { spec: { containers: [{ name: watcher, image: 'redis:7.4.1', command: [${command}] }] } } }
`;
    const documents = async (command: string) =>
      readManifest(
        '-',
        Readable.from([sentinel(command), '---\n', readFileSync(manifest('sound-cluster.yaml'), 'utf8')]),
      );
    for (const command of [
      'redis-server, /etc/s.conf, --sentinel',
      'redis-sentinel, /etc/s.conf',
      'sh, start-sentinel.sh',
    ]) {
      expect(examineManifest(await documents(command)).findings).toEqual([]);
    }
    expect(examineManifest(await documents('redis-server')).findings).toContainEqual(
      expect.objectContaining({ code: 'REDIS_SPLIT_SERVERS', subject: 'StatefulSet watcher' }),
    );
  });

  it('has nothing against a cluster that keeps what it is given', async () => {
    expect(await judged(manifest('sound-cluster.yaml'))).toEqual({ code: 0, verdict: 'sound', codes: [] });
  });

  it.each([
    ['noeviction', 'volatile-lru', 'REDIS_EVICTS'],
    ['appendonly yes', 'appendonly no', 'REDIS_SNAPSHOTS_ONLY'],
    ['appendonly yes', 'save ""', 'REDIS_NOT_DURABLE'],
    ['everysec', 'no', 'REDIS_FSYNC_NEVER'],
    ['aclfile /etc/redis/users.acl', '', 'REDIS_NO_PASSWORD'],
    ['tls-port 6379', '', 'REDIS_PLAINTEXT'],
    ['cluster-enabled yes', '', 'REDIS_SPLIT_SERVERS'],
    ['maxmemory 340mb', '', 'MANIFEST_MEMORY_UNBOUNDED'],
    ['340mb', '500mb', 'MANIFEST_MEMORY_TIGHT'],
    ['dir /data/redis', 'dir /tmp', 'MANIFEST_NOT_KEPT'],
    ['clusterIP: None', 'clusterIP: 10.0.0.7', 'MANIFEST_SERVICE_MISSING'],
    ['clusterIP: None', 'type: LoadBalancer', 'MANIFEST_EXPOSED'],
    ['replicas: 6', 'replicas: 1', 'REDIS_NO_REPLICA'],
    ['redis:7.4.1', 'redis:6.0.20', 'REDIS_VERSION_OLD'],
    ['          livenessProbe: { exec: { command: [redis-cli, ping] } }\n', '', 'MANIFEST_NO_PROBES'],
  ])('sees what is wrong when "%s" becomes "%s"', async (from, to, code) => {
    const text = readFileSync(manifest('sound-cluster.yaml'), 'utf8');
    expect(text).toContain(from);
    const changed = await readManifest('-', Readable.from([text.replace(from, to)]));
    expect(examineManifest(changed).findings.map((finding) => finding.code)).toContain(code);
  });

  it('never prints a password that is written out, and says that it is', async () => {
    const text = readFileSync(manifest('evicting-statefulset.yaml'), 'utf8').replace(
      '$(CACHE_PASSWORD)',
      'hunter2-hunter2',
    );
    const ended = await gatehouse(['doctor', '--manifest', '-'], {}, text);
    expect(ended.stdout).toContain('MANIFEST_PASSWORD_IN_CLEAR');
    expect(ended.stdout + ended.stderr).not.toContain('hunter2');
  });

  it('judges a Compose file: a variable the image does not know is no password', async () => {
    const text = `services:
  redis: { image: 'redis:7-alpine', ports: ['6379:6379'], volumes: ['d:/data'], environment: [REQUIREPASS=hunter2] }`;
    const { code, codes } = await judged(written('compose.yaml', text));
    expect(code).toBe(1);
    expect(codes).toEqual(expect.arrayContaining(['REDIS_NO_PASSWORD', 'MANIFEST_EXPOSED']));
    expect(codes).not.toContain('MANIFEST_NOT_KEPT');
  });

  it('judges a shell line as the words it holds', async () => {
    const text = `kind: Pod
metadata: { name: r }
spec: { containers: [{ name: r, image: valkey/valkey:8, command: [sh, -c, 'exec valkey-server --maxmemory-policy allkeys-lfu'] }] }`;
    expect((await judged('-', text)).codes).toContain('REDIS_EVICTS');
  });

  it('judges a redis.conf by itself', async () => {
    const sound = 'appendonly yes\nrequirepass "a b"\ntls-port 6379\nmaxmemory 1gb\n';
    expect(await judged(written('sound.conf', sound))).toMatchObject({ code: 0, codes: [] });
    const evicting = `${sound}maxmemory-policy allkeys-lru # fast\n`;
    expect(await judged(written('evicting.conf', evicting))).toMatchObject({ code: 1, codes: ['REDIS_EVICTS'] });
  });

  it.each([
    ['no file', () => join(folder, 'absent.yaml'), 'FILE_UNREADABLE'],
    ['a folder', () => folder, 'FILE_UNREADABLE'],
    ['broken YAML', () => written('broken.yaml', 'password: hunter2\nother: [}'), 'MANIFEST_UNREADABLE'],
    ['a bomb', () => written('bomb.yaml', bomb()), 'MANIFEST_UNREADABLE'],
    ['no Redis', () => written('none.yaml', 'kind: Service\n'), 'MANIFEST_WITHOUT_REDIS'],
  ])('says in plain words that there is %s', async (_what, path, code) => {
    const ended = await gatehouse(['doctor', '--json', '--manifest', path()]);
    expect(ended.code).toBe(2);
    expect(ended.json()).toMatchObject({ error: { code } });
    expect(ended.stdout + ended.stderr).not.toContain('hunter2');
  });
});

/** A few lines that stand for a billion. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`);
  return ['l0: &l0 x', ...lines].join('\n');
}
