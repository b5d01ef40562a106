import { parseDocument } from 'yaml';

/**
 * Reads a map out of a text in YAML, which JSON is a part of.
 *
 * @param what - what it is a map of names to, for the sentence about what is wrong
 * @returns what is wrong, without a word of the text, where it is no such map
 */
export function readMap(text: string, what: string): Readonly<Record<string, unknown>> | string {
  // Each name once, no tags and no references: what is not asked for cannot surprise.
  const document = parseDocument(text, { uniqueKeys: true, merge: false, version: '1.2', schema: 'core' });
  const [fault] = [...document.errors, ...document.warnings];
  // Its message shows the line that is wrong, secrets and all.
  if (fault) return `is no sound YAML or JSON (line ${fault.linePos?.[0].line ?? 1}, ${fault.code})`;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return isMap(value) ? value : `must be a map of names to ${what}`;
  } catch {
    return 'must not use references (& and *)';
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
