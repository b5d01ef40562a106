import type { AppProcess } from './app-process.js';
import { somebody } from './device.js';

/** What a JSON schema says about one field, as far as our documents say it. */
export interface FieldSchema {
  readonly type?: string;
  readonly format?: string;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: FieldSchema;
  readonly minimum?: number;
  readonly nullable?: boolean;
  readonly $ref?: string;
  readonly allOf?: readonly FieldSchema[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  /** One set of these fields, and nothing of the others. */
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
}

/** One route of a running app, as its own document describes it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly isGuarded: boolean;
  /** It takes forms, and speaks of failures as OAuth does (RFC 6749 §5.2). */
  readonly isForm: boolean;
  /** It takes a body of another type than these. */
  readonly isOther: boolean;
  /** The body it takes as JSON, if it takes one. */
  readonly body: FieldSchema | undefined;
  /** It answers in the envelope: no standard has a say in how it is asked. */
  readonly isEnveloped: boolean;
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly string[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, FieldSchema>> };
}

type Content = Readonly<Record<string, { readonly schema?: FieldSchema }>>;

interface OperationObject {
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Content };
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

/** Every operation in the app's OpenAPI document, and what the document leaves out on purpose. */
export async function operationsOf(app: AppProcess): Promise<Operation[]> {
  const { json } = await app.ask('/docs/openapi.json');
  const { paths, components } = json as Document;
  const resolve = (schema: FieldSchema): FieldSchema => {
    const name = (schema.$ref ?? schema.allOf?.[0]?.$ref)?.split('/').at(-1);
    const found = name === undefined ? schema : (components.schemas[name] ?? {});
    const properties = Object.entries(found.properties ?? {}).map(([key, field]) => [key, resolve(field)] as const);
    if (!found.properties) return found;
    const { oneOf } = schema;
    return { ...found, properties: Object.fromEntries(properties), ...(oneOf && { oneOf }) };
  };
  const named = (operation: OperationObject, place: string) =>
    (operation.parameters ?? []).filter((parameter) => parameter.in === place).map(({ name }) => name);
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const { security = [] } = operation;
      const { requestBody, responses = {} } = operation;
      const body = requestBody?.content['application/json']?.schema;
      const isForm = requestBody?.content['application/x-www-form-urlencoded'] !== undefined;
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      return {
        method: method.toUpperCase(),
        path,
        // An empty need among them says that credentials may be left out.
        isGuarded: security.some((need) => 'bearer' in need) && security.every((need) => Object.keys(need).length > 0),
        isForm,
        isOther: requestBody !== undefined && !body && !isForm,
        body: body && resolve(body),
        isEnveloped: successes.some(
          ([, { content }]) => content?.['application/json']?.schema?.properties?.['success'],
        ),
        pathParameters: named(operation, 'path'),
        queryParameters: named(operation, 'query'),
      };
    }),
  );
  const undocumented = ['/metrics', '/docs/openapi.json', '/no/such/route'].map((path) => ({
    method: 'GET',
    path,
    isGuarded: false,
    isForm: false,
    isOther: false,
    body: undefined,
    isEnveloped: false,
    pathParameters: [],
    queryParameters: [],
  }));
  return [...documented, ...undocumented];
}

/** A value the schema allows. */
export function validValue(schema: FieldSchema, name = ''): unknown {
  if (schema.properties && schema.example === undefined) {
    const others = new Set(schema.oneOf?.slice(1).flatMap(({ required }) => required));
    const fields = Object.entries(schema.properties).filter(([key]) => !others.has(key));
    const entries = fields.map(([key, field]) => [key, validValue(field, key)]);
    return Object.fromEntries(entries) as unknown;
  }
  if (schema.format === 'date-time') return new Date().toISOString();
  if (schema.format === 'email') return somebody().email;
  if (schema.format === 'password') return somebody().password;
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'array') return [validValue(schema.items ?? {}, name)];
  if (schema.type === 'boolean') return true;
  if (schema.type === 'object') return {};
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  return 'text';
}
