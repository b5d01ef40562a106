import { base } from '../jest.base.mjs';

export default {
  ...base,
  displayName: 'conformance',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/*.spec.ts'],
};
