import { z } from 'zod';
import { gatewayFile } from './schema/gateway-file.schema.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where an editor finds it, beside the page that tells of each setting. */
export const SCHEMA_PATH = 'docs/gateway/gateway.schema.json';

/** What `${NAME}` and `file:` may stand for: any single value. */
const FILLED_IN = '#/$defs/filledIn';

/**
 * The file's schema for editors (JSON Schema 2020-12), from the one the gateway checks by. It knows members, types and
 * ranges; what one member says of another only the gateway knows.
 */
export function gatewayJsonSchema(): JsonSchema {
  const emitted = z.toJSONSchema(gatewayFile, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  const schema = orFilledIn(emitted as unknown as JsonSchema, true) as JsonSchema;
  return {
    ...schema,
    $id: 'https://gatehouse.invalid/gateway.schema.json',
    title: 'gateway.yaml',
    description: 'The gateway of Gatehouse: where it listens, who proves who people are, and which requests go where.',
    $defs: {
      filledIn: {
        type: 'string',
        pattern: '^file:|\\$\\{',
        description: '`${NAME}`, `${NAME:-default}` or `file:path`',
      },
    },
  };
}

/** Lets a variable stand for each single value, and tells the rule with what a setting is for. */
function orFilledIn(schema: JsonSchema, isTop = false): JsonSchema {
  const { rule, description: what, ...rest } = schema;
  const walked = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, walk(key, value)]));
  const described = [what, typeof rule === 'string' ? capitalised(rule) : undefined].filter(Boolean).join('. ');
  if (described !== '') walked['description'] = described;
  const { default: preset, description, ...value } = walked;
  if (isTop || !isSingle(value)) return walked;
  const about = {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
  };
  const alternatives =
    Array.isArray(value['anyOf']) && Object.keys(value).length === 1 ? (value['anyOf'] as JsonSchema[]) : [value];
  return { ...about, anyOf: [...alternatives, { $ref: FILLED_IN }] };
}

function walk(key: string, value: unknown): unknown {
  const isNamed = ['properties', 'patternProperties'].includes(key);
  if (isNamed) {
    return Object.fromEntries(
      Object.entries(value as Record<string, JsonSchema>).map(([name, one]) => [name, orFilledIn(one)]),
    );
  }
  if (['items', 'additionalProperties'].includes(key) && typeof value === 'object')
    return orFilledIn(value as JsonSchema);
  if (key === 'propertyNames') return orFilledIn(value as JsonSchema, true);
  // Inside a union the placeholder stands beside the alternatives once, not within each.
  if (['anyOf', 'oneOf'].includes(key)) return (value as JsonSchema[]).map((one) => orFilledIn(one, true));
  return value;
}

/** Texts, numbers and truth values; not groups, lists and the `type` that tells providers apart. */
function isSingle(schema: Readonly<Record<string, unknown>>): boolean {
  if ('const' in schema) return false;
  if (typeof schema['type'] === 'string') return !['object', 'array'].includes(schema['type']);
  const union = schema['anyOf'];
  return Array.isArray(union) && union.some((one) => isSingle(one as Record<string, unknown>));
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
