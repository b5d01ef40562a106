// Manifests made wrong, each in one way: what each rule must see. `[what, spoil(resources), what is said of it]`.
import { AVAILABILITY } from './spoilt/availability.mjs';
import { CONTAINERS } from './spoilt/containers.mjs';
import { DOORS } from './spoilt/doors.mjs';
import { NETWORK } from './spoilt/network.mjs';
import { REFERENCES } from './spoilt/references.mjs';
import { SCHEMA } from './spoilt/schema.mjs';
import { SETTINGS } from './spoilt/settings.mjs';

export const SPOILT = [...SCHEMA, ...CONTAINERS, ...AVAILABILITY, ...REFERENCES, ...DOORS, ...NETWORK, ...SETTINGS];
