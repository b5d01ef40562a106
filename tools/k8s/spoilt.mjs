// Manifests made wrong, each in one way: what each rule must see. `[what, spoil(resources), what is said of it]`.
import { CONTAINERS } from './spoilt/containers.mjs';
import { NETWORK } from './spoilt/network.mjs';
import { REFERENCES } from './spoilt/references.mjs';
import { SCHEMA } from './spoilt/schema.mjs';
import { SETTINGS } from './spoilt/settings.mjs';

export const SPOILT = [...SCHEMA, ...CONTAINERS, ...REFERENCES, ...NETWORK, ...SETTINGS];
