import { base } from '../../jest.base.mjs';

export default {
  ...base,
  displayName: 'session-validator',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/{src,test,packaging}/**/*.spec.ts'],
};
