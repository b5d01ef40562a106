import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'dev-idp', rootDir: import.meta.dirname };
