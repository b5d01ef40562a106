import { generateSecrets } from './config/embedded-secrets.js';
import { RootKey } from './keys/root-key.js';

// `npm run keys:new`: prints a fresh set of secrets, ready for a secret store. Nothing is kept.
const { keyEncryptionKey, rootSigningKey } = generateSecrets();
const rootDer = rootSigningKey.replace(/-----[A-Z ]+-----|\s/g, '');
process.stdout.write(
  [
    '# For the auth service. Secret.',
    `KEY_ENCRYPTION_KEY=${keyEncryptionKey}`,
    `ROOT_SIGNING_KEY=${rootDer}`,
    '# For every other service. Public.',
    `AUTH_TRUST_ANCHOR=${RootKey.parse(rootSigningKey).trustAnchor}`,
    '',
  ].join('\n'),
);
