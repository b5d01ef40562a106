import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'auth', rootDir: import.meta.dirname };
