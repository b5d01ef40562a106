import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'nest-kit', rootDir: import.meta.dirname };
