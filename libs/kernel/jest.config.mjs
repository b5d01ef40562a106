import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'kernel', rootDir: import.meta.dirname };
