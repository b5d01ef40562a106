import { z } from 'zod';
import type { JsonSchema } from './json-schema.js';
import { gatewayFile } from './schema/gateway-file.schema.js';

export const PAGE_PATH = 'docs/gateway/configuration.md';

interface Row {
  readonly name: string;
  readonly value: string;
  readonly preset: string;
  readonly what: string;
}

/** Providers have a page of their own, which tells more of their settings than a table holds. */
const ELSEWHERE = ['providers'];

/**
 * The page of settings with its tables as the schema says them: each stands between `<!-- settings: name -->` and
 * `<!-- end -->`, one for each group of the file. What is around them is written by hand.
 */
export function withSettings(page: string): string {
  return page.replace(
    MARKED,
    (_whole, begin: string, name: string, end: string) => `${begin}\n\n${tableOf(name)}\n${end}`,
  );
}

/** Groups of the file that need a table. */
export function documentedGroups(): readonly string[] {
  return ['file', ...groups().filter((name) => !ELSEWHERE.includes(name))];
}

const MARKED = /(<!-- settings: ([a-z]+) -->)[\s\S]*?(<!-- end -->)/gi;

const schema = z.toJSONSchema(gatewayFile, { io: 'input', unrepresentable: 'any' }) as unknown as JsonSchema;

function groups(): string[] {
  return Object.entries(membersOf(schema)).flatMap(([name, one]) => (isGroup(one) ? [name] : []));
}

function tableOf(name: string): string {
  const rows =
    name === 'file' ? ofTheFile() : rowsOf(name, membersOf(schema)[name] ?? {}, requiredOf(schema).includes(name));
  const lines = rows.map(
    ({ name, value, preset, what }) => `| \`${name}\` | ${cell(value)} | ${preset} | ${cell(what)} |`,
  );
  return ['| Setting | Value | Default | What it does |', '| --- | --- | --- | --- |', ...lines, ''].join('\n');
}

function ofTheFile(): Row[] {
  return Object.entries(membersOf(schema)).flatMap(([name, one]) =>
    isGroup(one)
      ? [{ ...rowOf(name, one, requiredOf(schema).includes(name)), value: groupWord(one) }]
      : [rowOf(name, one, requiredOf(schema).includes(name))],
  );
}

/** A row for each single setting below. */
function rowsOf(name: string, one: JsonSchema, isRequired: boolean): Row[] {
  const object = objectIn(one);
  if (one['type'] === 'array' && objectIn(one['items'] as JsonSchema)) {
    return rowsOf(`${name}[]`, one['items'] as JsonSchema, isRequired);
  }
  if (one['propertyNames'] !== undefined)
    return rowsOf(`${name}.<name>`, one['additionalProperties'] as JsonSchema, isRequired);
  if (!object) return [rowOf(name, one, isRequired)];
  const members = Object.entries(membersOf(object)).flatMap(([member, inner]) =>
    rowsOf(`${name}.${member}`, inner, requiredOf(object).includes(member)),
  );
  // A union with a group in it is a setting of its own, whose group is told below it.
  return one === object ? members : [rowOf(name, one, isRequired), ...members];
}

function rowOf(name: string, one: JsonSchema, isRequired: boolean): Row {
  const preset = one['default'];
  return {
    name,
    value: valueOf(one),
    preset: preset === undefined ? (isRequired ? 'required' : '–') : `\`${presetText(preset)}\``,
    what: typeof one['description'] === 'string' ? one['description'] : '',
  };
}

function valueOf(one: JsonSchema): string {
  if (typeof one['rule'] === 'string') return one['rule'];
  if (one['type'] === 'array') return `a list of: ${valueOf(one['items'] as JsonSchema)}`;
  return typeof one['type'] === 'string' ? groupWord(one) : '';
}

const groupWord = (one: JsonSchema) =>
  one['type'] === 'array' ? 'a list' : one['propertyNames'] === undefined ? 'a group of settings' : 'groups by name';

const presetText = (preset: unknown) => (typeof preset === 'string' ? preset : JSON.stringify(preset));

const membersOf = (one: JsonSchema) => (one['properties'] ?? {}) as Record<string, JsonSchema>;
const requiredOf = (one: JsonSchema) => (one['required'] ?? []) as readonly string[];
const isGroup = (one: JsonSchema) =>
  one['type'] === 'object' || (one['type'] === 'array' && objectIn(one['items'] as JsonSchema));

/** The group among the alternatives, or the schema itself where it is one. */
function objectIn(one: JsonSchema): JsonSchema | undefined {
  if (one['type'] === 'object' && one['properties'] !== undefined) return one;
  return ((one['anyOf'] ?? []) as JsonSchema[]).find((alternative) => alternative['type'] === 'object');
}

const cell = (text: string) => text.replaceAll('|', '\\|');
