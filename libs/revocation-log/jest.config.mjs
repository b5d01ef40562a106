import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'revocation-log', rootDir: import.meta.dirname };
