import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'rate-limit', rootDir: import.meta.dirname };
