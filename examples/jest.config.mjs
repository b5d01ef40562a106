import { base } from '../jest.base.mjs';

export default {
  ...base,
  displayName: 'examples',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/test/*.spec.ts'],
};
