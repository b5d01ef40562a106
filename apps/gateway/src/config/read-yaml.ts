import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { ConfigFault, FaultPath } from './config-fault.js';
import { YAML_FAULTS } from './yaml-faults.js';

/** Far beyond any gateway; small enough that a file made to hurt costs nothing. */
export const MAX_FILE_BYTES = 1024 * 1024;
const MAX_NODES = 50_000;
const MAX_ALIASES = 200;
const MAX_DEPTH = 24;
/** One missing bracket can be followed by hundreds of faults that are none. */
const MAX_SYNTAX_FAULTS = 10;
/** Setting these on a plain object would change what it is. */
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

/** Tells where a member stands, or its nearest ancestor that stands anywhere. */
export type Locate = (path: FaultPath) => Pick<ConfigFault, 'line' | 'column'>;
/** Turns a text of the file into its value; may add faults. */
export type ReadText = (text: string, path: FaultPath, fault: (message: string) => void) => string;

export interface ReadYaml {
  /** Plain objects, lists, texts, numbers, truth values and null; undefined where the text is no YAML. */
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
  readonly locate: Locate;
}

/**
 * Reads YAML 1.2 without what makes YAML dangerous: no tags, no merge keys, no second key of one name, no second document,
 * and anchors within bounds (a page of them can stand for a billion values).
 */
export function readYaml(text: string, readText: ReadText = (given) => given): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const reader = new YamlReader(lines, readText, (alias) => alias.resolve(document));
  for (const { code, pos } of [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_FAULTS)) {
    reader.add([], pos[0], YAML_FAULTS[code] ?? 'is not valid YAML here');
  }
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    reader.add([], 0, 'asks for another version of YAML; leave %YAML out');
  }
  // What a broken file says would only lead to more faults.
  const value = reader.faults.length > 0 ? undefined : reader.read(document.contents as Node | null, [], 0);
  return { value, faults: reader.faults, locate: reader.locate };
}

class YamlReader {
  readonly faults: ConfigFault[] = [];
  private readonly offsets = new Map<string, number>();
  private readonly open = new Set<Node>();
  private nodes = 0;
  private aliases = 0;
  private gaveUp = false;

  constructor(
    private readonly lines: LineCounter,
    private readonly readText: ReadText,
    private readonly resolve: (alias: Alias) => Node | undefined,
  ) {}

  readonly locate: Locate = (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const offset = this.offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return this.placeOf(offset);
    }
    return {};
  };

  add(path: FaultPath, offset: number, message: string): void {
    this.faults.push({ path, ...this.placeOf(offset), message });
  }

  read(node: Node | null | undefined, path: FaultPath, depth: number, at = node?.range?.[0] ?? 0): unknown {
    if (!node || this.gaveUp) return null;
    this.nodes += 1;
    if (this.nodes > MAX_NODES || depth > MAX_DEPTH) return this.giveUp(path, at, 'is far too large or too deep');
    if (!this.offsets.has(JSON.stringify(path))) this.offsets.set(JSON.stringify(path), at);
    if (isAlias(node)) return this.readAlias(node, path, depth, at);
    if (node.tag !== undefined && !isCoreTag(node.tag)) this.add(path, at, 'has a tag (!…); leave it out');
    if (isMap(node)) return this.readMap(node, path, depth);
    if (isSeq(node))
      return node.items.map((item, index) => this.read(item as Node | null, [...path, index], depth + 1));
    if (!isScalar(node)) return null;
    if (typeof node.value !== 'string') return node.value;
    return this.readText(node.value, path, (message) => this.add(path, at, message));
  }

  private readAlias(alias: Alias, path: FaultPath, depth: number, at: number): unknown {
    this.aliases += 1;
    if (this.aliases > MAX_ALIASES) return this.giveUp(path, at, `is one of more than ${MAX_ALIASES} aliases`);
    const target = this.resolve(alias);
    if (!target || this.open.has(target))
      return this.giveUp(path, at, 'is an alias of something it is itself part of, or of nothing');
    this.open.add(target);
    const value = this.read(target, path, depth + 1, at);
    this.open.delete(target);
    return value;
  }

  private readMap(map: YAMLMap, path: FaultPath, depth: number): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    this.open.add(map);
    for (const { key, value } of map.items) {
      const at = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string') this.add(path, at, 'has a key that is no text; put it in quotes');
      else if (name === '<<') this.add(path, at, 'has a merge key (<<); repeat the settings instead');
      else if (FORBIDDEN_KEYS.includes(name)) this.add(path, at, 'has a key that no setting may have');
      else {
        const place = [...path, name];
        // The key is where people look, also when its value begins on the next line.
        this.offsets.set(JSON.stringify(place), at);
        values[name] = this.read(value as Node | null, place, depth + 1, at);
      }
    }
    this.open.delete(map);
    return values;
  }

  private giveUp(path: FaultPath, offset: number, message: string): null {
    this.gaveUp = true;
    this.add(path, offset, message);
    return null;
  }

  private placeOf(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** What the parser gives plain values by itself. */
function isCoreTag(tag: string): boolean {
  return ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].includes(tag.replace('tag:yaml.org,2002:', ''));
}
