import type { ConfigFields } from './load-config.js';

/** One setting as the documentation shows it. */
export interface ConfigRow {
  readonly name: string;
  readonly rule: string;
  readonly fallback: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
  readonly description: string;
}

export function describeConfig(schema: { readonly fields: ConfigFields }): ConfigRow[] {
  return Object.entries(schema.fields).map(([name, { rule, fallback, required, secret, description }]) => ({
    name,
    rule,
    fallback,
    required,
    secret,
    description,
  }));
}

/** A table for a reference page. */
export function renderConfigMarkdown(rows: readonly ConfigRow[]): string {
  const lines = rows.map(({ name, rule, fallback, required, secret, description }) => {
    const preset = fallback === undefined ? (required ? 'required' : '–') : `\`${fallback}\``;
    const names = secret ? `\`${name}\`<br>\`${name}_FILE\`` : `\`${name}\``;
    return `| ${names} | ${cell(rule)} | ${preset} | ${cell(description)} |`;
  });
  return ['| Variable | Value | Default | What it does |', '| --- | --- | --- | --- |', ...lines, ''].join('\n');
}

/** Lines for a `.env.example`: each setting commented out, with its default. */
export function renderEnvExample(rows: readonly ConfigRow[]): string {
  return rows
    .map(({ name, rule, fallback, description }) => `# ${description} (${rule})\n# ${name}=${fallback ?? ''}\n`)
    .join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|');
