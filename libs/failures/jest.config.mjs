import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'failures', rootDir: import.meta.dirname };
