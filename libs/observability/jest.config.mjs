import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'observability', rootDir: import.meta.dirname };
