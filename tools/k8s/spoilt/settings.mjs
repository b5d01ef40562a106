import { podSpecOf } from '../pods.mjs';
import { auth, container, find, set } from './manifests.mjs';

export const SETTINGS = [
  [
    'a variable that is no setting',
    set((all) => {
      container(all).env.push({ name: 'JWT_EXPIRY', value: '1h' });
    }),
    'sets JWT_EXPIRY, which is no setting of auth',
  ],
  [
    'a password without its file',
    set((all) => {
      container(all).env.push({ name: 'PORT_FILE_FILE', value: 'x' });
    }),
    'sets PORT_FILE_FILE',
  ],
  [
    'an end that is cut short',
    set((all) => {
      podSpecOf(auth(all)).terminationGracePeriodSeconds = 20;
    }),
    'is given 20 s for its end and may need 25 s',
  ],
  [
    'a gateway whose streams are cut off',
    set((all) => {
      podSpecOf(find(all, 'Deployment', 'gateway')).terminationGracePeriodSeconds = 30;
    }),
    'is given 30 s for its end and may need 45 s',
  ],
  [
    'an end that balancers hear of too late (M17)',
    (all) => delete container(all).lifecycle,
    'ends while balancers still send it requests',
  ],
  [
    'hashing on too few cores (M32)',
    set((all) => {
      container(all).resources.limits.cpu = '500m';
    }),
    'hashes 1 passwords at a time on 500m cores',
  ],
  [
    'hashing in too little memory (X21)',
    set((all) => {
      container(all).resources.limits.memory = '256Mi';
    }),
    'has too little memory to hash',
  ],
];
