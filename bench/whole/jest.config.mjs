import { base } from '../../jest.base.mjs';

export default {
  ...base,
  displayName: 'bench:check',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/*.spec.mjs'],
};
