import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'gateway', rootDir: import.meta.dirname };
