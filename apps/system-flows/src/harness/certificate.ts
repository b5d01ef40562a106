import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, testFolder } from '@gatehouse/testing';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate that vouches for itself, for `localhost`, 127.0.0.1 and the names given. */
export function selfMadeCertificate(names: readonly string[] = []): Certificate {
  const openssl = findProgram('openssl');
  if (!openssl) throw new Error('openssl is not there; `npm test` as root on Debian installs it');
  const folder = testFolder('tls');
  // Daemons read the public half under accounts of their own.
  chmodSync(folder, 0o755);
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subjects = ['DNS:localhost', 'IP:127.0.0.1', ...names.map((name) => `DNS:${name}`)].join(',');
  const about = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${subjects}`, '-days', '2'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync(openssl, ['req', '-x509', ...made, '-out', certFile, ...about], { stdio: 'pipe' });
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}
