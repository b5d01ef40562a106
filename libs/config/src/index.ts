export { describeConfig, renderConfigMarkdown, renderEnvExample, type ConfigRow } from './describe-config.js';
export type { Field } from './field.js';
export { cidrList, flag, integer, oneOf, port, seconds, secret, secretText, text, url } from './fields.js';
export {
  ConfigError,
  defineConfig,
  loadConfig,
  type ConfigFields,
  type ConfigOf,
  type ConfigRule,
  type ConfigSchema,
  type Environment,
} from './load-config.js';
export { Secret } from './secret.js';
