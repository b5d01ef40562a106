import { testFolder } from '@gatehouse/testing';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packCopy, TOP, type Packed } from './pack-copy.js';

export const NAME = '@gatehouse/session-validator';

export interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { optional?: boolean }>>;
}

/** How a program ended, and all it said. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** The packed library, unpacked into a service that has every framework there is in the workspace. */
export class Installed {
  readonly packed: Packed = packCopy();
  /** Folder of the service. */
  readonly app: string;
  /** Of all files of the package, relative to it. */
  readonly files: readonly string[];
  readonly manifest: Manifest;
  /** `.`, `./nest`, … */
  readonly doors: readonly string[];
  private readonly folder: string;

  constructor() {
    const parent = testFolder('service');
    symlinkSync(join(TOP, 'node_modules'), join(parent, 'node_modules'));
    this.app = join(parent, 'app');
    this.folder = this.unpackInto(this.app);
    this.files = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1));
    this.manifest = JSON.parse(this.read('package.json')) as Manifest;
    this.doors = Object.keys(this.manifest.exports).filter((door) => door !== './package.json');
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  /** Runs Node in the service. */
  run(...args: string[]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: this.app, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  }

  /** Runs a program of the workspace in the service. */
  tool(path: string, ...args: string[]): Ended {
    return this.run(join(TOP, 'node_modules', path), ...args);
  }

  /** @returns the folder of the package. */
  unpackInto(app: string): string {
    const folder = join(app, 'node_modules', NAME);
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', this.packed.tarball, '-C', folder, '--strip-components=1']);
    return folder;
  }
}

/** What a user imports to get through a door. */
export const specifierOf = (door: string) => `${NAME}${door.slice(1)}`;
