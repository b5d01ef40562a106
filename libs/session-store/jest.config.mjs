import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'session-store', rootDir: import.meta.dirname };
