import type { z } from 'zod';
import type { FaultPath } from './config-fault.js';
import { gatewayFile } from './schema/gateway-file.schema.js';

type Schema = z.core.$ZodType;

/** Which settings there are at a place of the file: for whoever mistyped one. */
export function knownKeys(path: FaultPath): readonly string[] {
  const keys = path.reduce<readonly Schema[]>(
    (schemas, part) => schemas.flatMap((schema) => within(schema, part)),
    [gatewayFile],
  );
  return [...new Set(keys.flatMap(objectsOf).flatMap((shape) => Object.keys(shape)))];
}

function within(schema: Schema, part: string | number): Schema[] {
  return alternatives(schema).flatMap((one) => {
    const { def } = (one as z.core.$ZodTypes)._zod;
    if (def.type === 'array') return [def.element];
    if (def.type === 'record') return [def.valueType];
    if (def.type !== 'object') return [];
    const member = typeof part === 'string' && Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
    return member ? [member] : [];
  });
}

function objectsOf(schema: Schema): Readonly<Record<string, Schema>>[] {
  return alternatives(schema).flatMap((one) => {
    const { def } = (one as z.core.$ZodTypes)._zod;
    return def.type === 'object' ? [def.shape] : [];
  });
}

/** What stands under optional, defaulted, piped and united schemas. */
function alternatives(schema: Schema): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'union') return def.options.flatMap(alternatives);
  if (def.type === 'pipe') return alternatives(def.in);
  if (def.type === 'optional' || def.type === 'prefault' || def.type === 'default') return alternatives(def.innerType);
  return [schema];
}
