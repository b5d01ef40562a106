import { parseAllDocuments } from 'yaml';

/** By text: overlays share most of their files, and parsing takes longer than all that comes after. */
const parsed = new Map();

/**
 * YAML as kubectl reads it: version 1.1, in which `0440` is octal.
 *
 * @returns {object[]} documents that are not empty
 */
export function parseDocuments(text, file) {
  if (!parsed.has(text)) parsed.set(text, parse(text, file));
  return structuredClone(parsed.get(text));
}

function parse(text, file) {
  return parseAllDocuments(text, { version: '1.1', merge: false }).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0].message}`);
    const value = document.toJS();
    return value === null ? [] : [value];
  });
}
