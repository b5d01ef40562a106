export type { EndpointName, Lie, TokenLie } from './lies.js';
export type { People, Person } from './people.js';
export {
  GRAPH_AUDIENCE,
  HOME_TENANT,
  type ClientAuthentication,
  type ScriptedProviderOptions,
} from './provider-options.js';
export type { ProviderSession } from './provider-tokens.js';
export type { RecordedRequest } from './recorded-request.js';
export { startScriptedProvider, type ScriptedProvider } from './scripted-provider.js';
