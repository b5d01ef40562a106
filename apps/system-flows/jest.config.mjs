import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'system-flows', rootDir: import.meta.dirname };
