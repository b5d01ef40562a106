import type { ClientCredential, ProviderSettings } from '@gatehouse/oidc';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { FaultPath } from './config-fault.js';
import type { Findings } from './findings.js';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Tenants that stand for many: whose people may come must then be said. */
const SHARED_TENANTS = ['common', 'organizations'];

/** What the schema of a provider cannot see: production, and members that hang together. */
export function checkProvider(name: string, provider: ProviderSettings, production: boolean, findings: Findings): void {
  const path = ['providers', name];
  if (production && provider.allowInsecure) {
    findings.fault([...path, 'allowInsecure'], 'must be left out in production: it takes providers over plain http');
  }
  if (provider.type === 'entra') {
    if (SHARED_TENANTS.includes(provider.tenant.toLowerCase()) && provider.allowedTenants.length === 0) {
      const message = 'is missing: this tenant takes people of any organisation; list the GUIDs of those who may come';
      findings.fault([...path, 'allowedTenants'], message);
    }
    for (const [index, tenant] of provider.allowedTenants.entries()) {
      if (!GUID.test(tenant)) findings.fault([...path, 'allowedTenants', index], 'must be the GUID of a tenant');
    }
    for (const member of ['authority', 'graphUrl'] as const) {
      const replaced = provider[member];
      if (replaced?.startsWith('https://') === false && !provider.allowInsecure) {
        findings.fault([...path, member], 'must begin with https://');
      }
    }
  } else if (!provider.issuer.startsWith('https://') && !provider.allowInsecure) {
    findings.fault([...path, 'issuer'], 'must begin with https://; for development alone there is allowInsecure: true');
  }
  checkCredential([...path, 'credential'], provider.credential, findings);
}

function checkCredential(path: FaultPath, credential: ClientCredential, findings: Findings): void {
  if (credential.type === 'private_key') privateKeyOf([...path, 'privateKeyPem'], credential.privateKeyPem, findings);
  if (credential.type !== 'certificate') return;
  const key = privateKeyOf([...path, 'privateKeyPem'], credential.privateKeyPem, findings);
  const certificate = certificateOf(credential.certificatePem);
  if (!certificate) {
    findings.fault([...path, 'certificatePem'], 'must be a certificate in PEM, such as file:/run/secrets/client.crt');
  } else if (key && !certificate.checkPrivateKey(key)) {
    findings.fault([...path, 'privateKeyPem'], 'is not the key of the certificate');
  } else if (Date.parse(certificate.validTo) < Date.now()) {
    findings.fault([...path, 'certificatePem'], 'has expired');
  }
}

function privateKeyOf(path: FaultPath, pem: string, findings: Findings): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    findings.fault(path, 'must be a private key in PEM without a passphrase, such as file:/run/secrets/client.key');
    return undefined;
  }
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
