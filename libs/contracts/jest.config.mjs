import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'contracts', rootDir: import.meta.dirname };
