import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'config', rootDir: import.meta.dirname };
