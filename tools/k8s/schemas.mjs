import Ajv from 'ajv';
import { CUSTOM_RESOURCES } from './custom-resources.mjs';
import { labelOf } from './pods.mjs';

/**
 * Where the definitions of operators are, by API group. Those of the Prometheus operator are of v0.65: whatever they take, each newer one takes.
 * All others are Kubernetes' own.
 */
const OF_OPERATORS = { 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator' };

const ajv = new Ajv({ allErrors: true });
const custom = new Map(Object.entries(CUSTOM_RESOURCES).map(([kind, schema]) => [kind, ajv.compile(schema)]));

/**
 * What the API server would refuse with strict validation: wrong types, missing fields, and fields it does not know. `kubernetes-models`
 * compiles the API's own OpenAPI document into functions, and a package beside it what the Prometheus operator installs.
 *
 * @param {NodeJS.Require} load - finds these packages
 * @returns {(resource: object) => string[]} faults, each with the resource it is of
 */
export function schemaCheck(load) {
  return (resource) => {
    const validate = custom.get(`${resource.apiVersion} ${resource.kind}`);
    const faults = validate ? faultsOfCustom(validate, resource) : faultsOfModel(load, resource);
    return faults.map((fault) => `${labelOf(resource)}: ${fault}`);
  };
}

function faultsOfCustom(validate, resource) {
  return validate(resource) ? [] : validate.errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function faultsOfModel(load, resource) {
  const { apiVersion = '', kind } = resource;
  let Model;
  try {
    Model = load(`${OF_OPERATORS[apiVersion.split('/')[0]] ?? 'kubernetes-models'}/${apiVersion}/${kind}`)[kind];
  } catch {
    return [`no schema is known for ${apiVersion} ${kind}`];
  }
  const seen = new Map();
  try {
    Model.prototype.validate.call(watched(resource, seen));
  } catch (error) {
    return [error.message];
  }
  return unseen(resource, seen);
}

/**
 * The value, remembering which of its fields anybody has asked for. The compiled functions ask for each field they know, and never for
 * another; so what nobody has asked for does not exist in the API.
 */
function watched(value, seen) {
  if (typeof value !== 'object' || value === null) return value;
  const asked = seen.get(value) ?? new Set();
  seen.set(value, asked);
  return new Proxy(value, {
    get(target, key) {
      asked.add(key);
      return watched(target[key], seen);
    },
  });
}

/** What an object of free names holds has been asked for one by one as well. */
function unseen(value, seen, path = '') {
  if (typeof value !== 'object' || value === null) return [];
  const asked = seen.get(value);
  // Nobody looked inside: a field of any content.
  if (!asked) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    Array.isArray(value) || asked.has(key)
      ? unseen(field, seen, `${path}/${key}`)
      : [`${path}/${key} is no field of the API`],
  );
}
