import { ConfigError, loadConfig } from '@gatehouse/config';
import { testFolder } from '@gatehouse/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authConfig } from './auth.config.js';
import { generateSecrets } from './embedded-secrets.js';
import { receiversOf } from './security-events.fields.js';

const { keyEncryptionKey, rootSigningKey } = generateSecrets();
const production = {
  NODE_ENV: 'production',
  ALLOW_EMBEDDED: 'true',
  PUBLIC_URL: 'https://auth.example.test',
  KEY_ENCRYPTION_KEY: keyEncryptionKey,
  ROOT_SIGNING_KEY: rootSigningKey,
};
const soc = { url: 'https://soc.example.test/events', audience: 'https://soc.example.test' };

function faultsOf(receivers: unknown, env: Record<string, string> = production): readonly string[] {
  const SECURITY_EVENT_RECEIVERS = typeof receivers === 'string' ? receivers : JSON.stringify(receivers);
  try {
    loadConfig(authConfig, { ...env, SECURITY_EVENT_RECEIVERS });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** A file that holds this, for `tokenFile`. */
function aFile(content: string): string {
  const file = join(testFolder('receiver'), 'token');
  writeFileSync(file, content);
  return file;
}

describe('the receivers of security events', () => {
  it('are none by default', () => {
    expect(receiversOf(loadConfig(authConfig, {}))).toEqual([]);
  });

  it('come as YAML or JSON, with a credential in place or in a file', () => {
    const yaml = `soc:\n  url: ${soc.url}\n  audience: ${soc.audience}\n  tokenFile: ${aFile('s3cr3t-credential\n')}\n`;
    const json = JSON.stringify({ siem: { ...soc, token: 'another.credential==' } });
    const read = (SECURITY_EVENT_RECEIVERS: string) =>
      receiversOf(loadConfig(authConfig, { ...production, SECURITY_EVENT_RECEIVERS }));
    expect(read(yaml)).toEqual([{ name: 'soc', ...soc, token: 's3cr3t-credential' }]);
    expect(read(json)).toEqual([{ name: 'siem', ...soc, token: 'another.credential==' }]);
  });

  it.each([
    ['plain http', 'http://soc.example.test/events', /soc\.url is not an https address/],
    ['this machine', 'https://localhost/events', /soc\.url is a loopback, link-local or private address/],
    ['this machine by number', 'https://127.0.0.1/events', /soc\.url is a loopback/],
    ['a neighbour', 'https://10.1.2.3/events', /soc\.url is a loopback, link-local or private address/],
    ['the metadata of a cloud', 'https://169.254.169.254/events', /soc\.url is a loopback/],
    ['a neighbour by IPv6', 'https://[fd00::1]/events', /soc\.url is a loopback/],
    ['a password', 'https://us:hidden@soc.example.test/', /soc\.url holds a user name or password/],
    ['no address', 'soc.example.test', /soc\.url is no address/],
  ])('are refused in production with an address that is %s', (_what, url, fault) => {
    expect(faultsOf({ soc: { ...soc, url } })).toEqual([expect.stringMatching(fault)]);
  });

  it('may be on a developer’s machine, and only there', () => {
    const near = { soc: { ...soc, url: 'http://localhost:9000/events' } };
    expect(faultsOf(near, {})).toEqual([]);
    expect(faultsOf(near)).toHaveLength(1);
  });

  it.each([
    ['no YAML', '{{', /is no sound YAML or JSON/],
    ['a list', [soc], /must be a map of names to receivers/],
    ['a name that is none', { 'So C!': soc }, /names of receivers are/],
    ['no map', { soc: 'hidden' }, /soc must be a map/],
    ['no audience', { soc: { url: soc.url } }, /soc\.audience/],
    ['a member nobody knows', { soc: { ...soc, hidden: 1 } }, /soc/],
    ['two credentials', { soc: { ...soc, token: 'hidden', tokenFile: '/hidden' } }, /has token and tokenFile/],
    ['no bearer token', { soc: { ...soc, token: 'hidden hidden' } }, /soc\.token: must be a bearer token/],
    ['a file that is not there', { soc: { ...soc, tokenFile: '/nowhere/hidden' } }, /soc\.tokenFile names a file/],
    ['a file with something else', { soc: { ...soc, tokenFile: aFile('hidden\nhidden') } }, /holds no bearer token/],
    ['too many', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`r${n}`, soc])), /more than 20 receivers/],
  ])('are refused with %s, and no value is shown', (_what, receivers, fault) => {
    const faults = faultsOf(receivers);
    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults.join()).not.toMatch(/hidden(?!")/);
  });

  it('are refused where tokens are signed with a shared secret: nobody could check them', () => {
    const hs256 = { ...production, TOKEN_ALGORITHM: 'HS256', JWT_SECRET: 'wq8Zr0tY5uJ3kLm9pXc2vB7nA4sD6fGh' };
    expect(faultsOf({ soc }, hs256)).toEqual([expect.stringMatching(/needs TOKEN_ALGORITHM=ES256/)]);
  });
});
