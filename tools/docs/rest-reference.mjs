// The reference of the REST API as pages, written from the OpenAPI documents: one page for each tag of each service, and one that
// leads to all of them. The same documents give the same text everywhere.
import { shapeNamesIn, shapeTable, typeOf } from './rest-shapes.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Told once, on the first page: every failure has them. */
const FAILURES = [{ $ref: '#/FailureDto' }, { $ref: '#/ProblemDetailsDto' }];
const NOTICE = '<!-- Written by `npm run docs:write` from the OpenAPI documents. Do not edit. -->';

/**
 * @param {{ name: string, document: object }[]} services OpenAPI 3.0 documents by name of the service
 * @returns {Map<string, string>} pages by file name
 */
export function renderRestReference(services) {
  const pages = new Map();
  const rows = [];
  for (const { name, document } of services) {
    for (const { name: tag, description = '' } of document.tags ?? []) {
      const operations = operationsOf(document, tag);
      if (operations.length === 0) continue;
      const file = `${name}-${slugOf(tag)}.md`;
      pages.set(file, page(document, tag, description, operations));
      const count = `${operations.length} ${operations.length === 1 ? 'route' : 'routes'}`;
      rows.push(`| ${document.info.title} | [${tag}](${file}) | ${cell(description)} | ${count} |`);
    }
  }
  pages.set('README.md', first(services, rows));
  return pages;
}

function first(services, rows) {
  const shapes = services[0].document.components.schemas;
  return [
    '# REST API',
    '',
    NOTICE,
    '',
    'Every route of the services, from the OpenAPI documents they are tested against. A running service shows its own under `/docs`, and the',
    `documents lie in ${services.map(({ name }) => `[apps/${name}/openapi.json](../../apps/${name}/openapi.json)`).join(' and ')}.`,
    '',
    '| Service | Topic | | |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## Requests',
    '',
    'A route takes what its table names and nothing else: another member of a body, and another parameter of a query, are 400 `VALIDATION_ERROR` with',
    'the name of each in `details`, also where a route takes no body or no query at all. An empty body, `{}` and none are the same there. Queries are',
    'free where a standard has a say in them: OAuth and OpenID Connect, keys and metadata, event streams, pages for browsers, `/health`, `/ready` and',
    '`/metrics`. The body of a GET is not read.',
    '',
    '## Answers',
    '',
    'An answer is `{ "success": true, "data": … }` or a failure. Tables below tell what is in `data`. `X-Request-ID` is on every answer; on those',
    'that were counted, so are `RateLimit`, `RateLimit-Policy` and `X-RateLimit-*`.',
    '',
    '## Failures',
    '',
    'Codes are stable and sentences are not. With `Accept: application/problem+json` a failure comes as RFC 9457 problem details.',
    '',
    'A 401 says `WWW-Authenticate: Bearer realm="gatehouse"`; where something was sent that is not good, with `error="invalid_token"` and its code',
    '(RFC 6750 §3). The endpoints of OAuth clients name `Basic` instead (RFC 6749 §5.2).',
    '',
    ...shapeNamesIn(FAILURES, shapes).flatMap((shape) => shapeSection(shape, shapes)),
  ].join('\n');
}

function page(document, tag, description, operations) {
  const schemas = document.components.schemas;
  const failures = shapeNamesIn(FAILURES, schemas);
  const shapes = shapeNamesIn(operations, schemas).filter((shape) => !failures.includes(shape));
  return [
    `# ${tag}`,
    '',
    NOTICE,
    '',
    `${document.info.title}. ${description}${/[.]$/.test(description) ? '' : '.'} [All topics](README.md), [failures](README.md#failures).`,
    '',
    ...operations.flatMap((one) => operationSection(one, document)),
    ...(shapes.length === 0 ? [] : ['## Shapes', '', ...shapes.flatMap((shape) => shapeSection(shape, schemas))]),
  ].join('\n');
}

function operationsOf(document, tag) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]?.tags?.includes(tag)).map((method) => ({
      method: method.toUpperCase(),
      path,
      shared: methods.parameters ?? [],
      ...methods[method],
    })),
  );
}

function operationSection(
  { method, path, shared, summary, description, security, parameters = [], requestBody, responses },
  document,
) {
  const all = [...shared, ...parameters];
  return [
    `## ${method} ${path}`,
    '',
    [summary && `${summary}.`.replace(/\.\.$/, '.'), description].filter(Boolean).join('\n\n'),
    '',
    `**Access:** ${access(security ?? document.security)}`,
    '',
    ...(all.length === 0 ? [] : [...parameterTable(all), '']),
    ...bodySection(requestBody),
    '| Status | Answer | |',
    '| --- | --- | --- |',
    ...Object.entries(responses).map(([status, response]) => answerRow(status, response)),
    '',
  ];
}

function access(security = []) {
  if (security.length === 0 || security.some((one) => Object.keys(one).length === 0)) return 'anybody';
  const names = {
    bearer: 'bearer token',
    accessCookie: 'access cookie',
    refreshCookie: 'refresh cookie',
    csrfToken: 'CSRF token',
  };
  return security
    .map((one) =>
      Object.keys(one)
        .map((key) => names[key] ?? key)
        .join(' and '),
    )
    .join(', or ');
}

function parameterTable(parameters) {
  return [
    '| Parameter | In | Type | |',
    '| --- | --- | --- | --- |',
    ...parameters.map(({ name, in: place, required, schema = {}, description = schema.description ?? '' }) => {
      const must = required ? '' : ', optional';
      return `| \`${name}\` | ${place}${must} | ${cell(typeOf(schema))} | ${cell(description)} |`;
    }),
  ];
}

function bodySection(body) {
  if (!body) return [];
  const kinds = Object.entries(body.content).map(([type, { schema = {} }]) => `${typeOf(schema)} as \`${type}\``);
  return [`**Body:** ${kinds.join(', or ')}`, ''];
}

function answerRow(status, { description = '', content = {} }) {
  const [type, { schema } = {}] = Object.entries(content)[0] ?? [];
  const data = schema?.properties?.data ?? schema;
  const isFailure = data?.$ref?.endsWith('/FailureDto');
  const told = !data || isFailure ? '' : typeOf(data) + (type === 'application/json' ? '' : ` as \`${type}\``);
  return `| ${status} | ${cell(told)} | ${cell(description)} |`;
}

function shapeSection(name, schemas) {
  const schema = schemas[name] ?? {};
  return [`### ${name}`, '', ...(schema.description ? [schema.description, ''] : []), ...shapeTable(schema, cell), ''];
}

const slugOf = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** In a table a line is a line, and a bar is not a border. */
const cell = (text) => text.trim().replaceAll(/\n+/g, '<br>').replaceAll('|', '\\|');
