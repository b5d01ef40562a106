import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'sql', rootDir: import.meta.dirname };
