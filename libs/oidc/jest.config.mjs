import { base } from '../../jest.base.mjs';

export default { ...base, displayName: 'oidc', rootDir: import.meta.dirname };
