// Schemas of OpenAPI documents in words.

const nameOf = (ref) => ref.slice(ref.lastIndexOf('/') + 1);
const anchorOf = (name) => name.toLowerCase();

/** A schema as the type column of a table: `text (e-mail)`, `list of [SessionDto](#sessiondto)`. */
export function typeOf(schema) {
  if (schema.$ref) return `[${nameOf(schema.$ref)}](#${anchorOf(nameOf(schema.$ref))})`;
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return withNull(several.map(typeOf).join(' or '), schema);
  if (schema.allOf) return withNull(schema.allOf.map(typeOf).join(' and '), schema);
  if (schema.enum) return withNull(oneOf(schema.enum), schema);
  if (schema.type === 'array')
    return withNull(`list of ${typeOf(schema.items ?? {})}${bounds(schema, 'Items')}`, schema);
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return withNull(`object of ${typeOf(schema.additionalProperties)}`, schema);
  }
  return withNull(plain(schema), schema);
}

const oneOf = (values) => {
  const told = values.map((value) => `\`${JSON.stringify(value)}\``);
  return told.length < 4 ? told.join(' or ') : `one of ${told.join(', ')}`;
};

const WORDS = { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', object: 'object' };

function plain(schema) {
  const word = WORDS[schema.type] ?? 'anything';
  const facts = [
    schema.format,
    schema.pattern && `\`${schema.pattern}\``,
    between(schema.minLength, schema.maxLength, 'characters'),
    between(schema.minimum, schema.maximum, ''),
  ].filter(Boolean);
  return facts.length === 0 ? word : `${word} (${facts.join(', ')})`;
}

const withNull = (text, { nullable }) => (nullable ? `${text} or null` : text);

function bounds(schema, what) {
  const said = between(schema[`min${what}`], schema[`max${what}`], '');
  return said ? ` (${said})` : '';
}

function between(least, most, unit) {
  const end = unit ? ` ${unit}` : '';
  if (least === undefined && most === undefined) return undefined;
  if (least === undefined) return `up to ${most}${end}`;
  if (most === undefined) return `from ${least}${end}`;
  return least === most ? `${least}${end}` : `${least} to ${most}${end}`;
}

/** Fields of an object; of anything else one line that says what it is. @param cell makes text fit for a table */
export function shapeTable(schema, cell) {
  const { properties, required = [] } = schema;
  if (!properties) return [`${typeOf(schema)}.`];
  return [
    '| Field | Type | |',
    '| --- | --- | --- |',
    ...Object.entries(properties).map(([name, one]) => {
      const kept = one.default === undefined ? '' : ` Default \`${JSON.stringify(one.default)}\`.`;
      const must = required.includes(name) ? '' : ', optional';
      return `| \`${name}\` | ${cell(typeOf(one) + must)} | ${cell((one.description ?? '') + kept)} |`;
    }),
  ];
}

/** Names of all schemas that `value` leads to, in the order they are met. */
export function shapeNamesIn(value, schemas, found = new Set()) {
  if (typeof value !== 'object' || value === null) return [...found];
  if (typeof value.$ref === 'string') {
    const name = nameOf(value.$ref);
    if (!found.has(name)) {
      found.add(name);
      shapeNamesIn(schemas[name], schemas, found);
    }
  }
  for (const one of Object.values(value)) shapeNamesIn(one, schemas, found);
  return [...found];
}
