import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'orders', rootDir: import.meta.dirname };
