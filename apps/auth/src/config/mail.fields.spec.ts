import { ConfigError, loadConfig } from '@gatehouse/config';
import { testFolder } from '@gatehouse/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authConfig } from './auth.config.js';
import { generateSecrets } from './embedded-secrets.js';
import { mailOf } from './mail.fields.js';

const secrets = generateSecrets();
const production = {
  NODE_ENV: 'production',
  ALLOW_EMBEDDED: 'true',
  PUBLIC_URL: 'https://auth.example.test',
  KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
  ROOT_SIGNING_KEY: secrets.rootSigningKey,
};
const from = { MAIL_FROM: 'Gatehouse <no-reply@example.test>' };

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(authConfig, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
const settingsOf = (env: Record<string, string>) => mailOf(loadConfig(authConfig, { ...from, ...env })).settings;

describe('the configuration of mail', () => {
  it('is not needed, and names no server by itself', () => {
    expect(mailOf(loadConfig(authConfig, {})).settings).toBeUndefined();
    expect(faultsOf(production)).toEqual([]);
  });

  it.each([
    ['smtp://mail.example.test', { host: 'mail.example.test', port: 587, tls: 'starttls' }],
    ['smtp://mail.example.test:2525', { host: 'mail.example.test', port: 2525, tls: 'starttls' }],
    ['smtps://mail.example.test', { host: 'mail.example.test', port: 465, tls: 'implicit' }],
    ['smtp://[::1]:25', { host: '::1', port: 25, tls: 'starttls' }],
    [
      'smtp://ada%40example.test:p%3Aw%2F@mail.example.test',
      { host: 'mail.example.test', auth: { user: 'ada@example.test', password: 'p:w/' } },
    ],
  ])('reads %s', (SMTP_URL, expected) => {
    expect(settingsOf({ SMTP_URL })).toMatchObject(expected);
  });

  it('reads host, port, user and password one by one, the password from a file if need be', () => {
    const file = join(testFolder('smtp-password'), 'password');
    writeFileSync(file, 'lovelace\n');
    const env = { SMTP_HOST: 'mail.example.test', SMTP_PORT: '25', SMTP_USER: 'ada', SMTP_PASSWORD_FILE: file };
    expect(settingsOf({ ...env, SMTP_TLS: 'none' })).toEqual({
      host: 'mail.example.test',
      port: 25,
      tls: 'none',
      auth: { user: 'ada', password: 'lovelace' },
      from: from.MAIL_FROM,
    });
  });

  it.each([
    [{ SMTP_URL: 'http://mail.example.test', ...from }, /SMTP_URL must be smtp/],
    [{ SMTP_URL: 'smtp://', ...from }, /SMTP_URL must be smtp/],
    [{ SMTP_URL: 'smtp://mail.example.test/path', ...from }, /SMTP_URL must be smtp/],
    [{ SMTP_URL: 'smtp://u:%zz@mail.example.test', ...from }, /SMTP_URL must be smtp/],
    [{ SMTP_URL: 'smtp://a.test', SMTP_HOST: 'b.test', ...from }, /keep one of them/],
    [{ SMTP_URL: 'smtp://mail.example.test' }, /MAIL_FROM is needed/],
    [{ SMTP_HOST: 'mail.example.test', SMTP_USER: 'ada', ...from }, /go together/],
    [{ SMTP_HOST: 'mail.example.test', MAIL_FROM: 'nobody' }, /MAIL_FROM must be/],
    [{ SMTP_HOST: 'mail.example.test', MAIL_FROM: 'a@b.test, c@d.test' }, /MAIL_FROM must be/],
    [{ ...production, SMTP_URL: 'smtp://mail.example.test', ...from }, /APP_URL is needed in production/],
    [{ ...production, REQUIRE_VERIFIED_EMAIL: 'true' }, /REQUIRE_VERIFIED_EMAIL needs a mail server/],
    [{ ...production, SIGNUP_ENUMERATION_SAFE: 'true' }, /SIGNUP_ENUMERATION_SAFE needs a mail server/],
  ])('refuses %j, and shows no value', (env, expected) => {
    const faults = faultsOf(env as Record<string, string>);
    expect(faults.join('\n')).toMatch(expected);
    expect(faults.join('\n')).not.toMatch(/mail\.example|nobody|%zz/);
  });

  it('takes a whole one in production', () => {
    const whole = { SMTP_URL: 'smtps://u:p@mail.example.test', APP_URL: 'https://app.example.test', ...from };
    expect(faultsOf({ ...production, ...whole, REQUIRE_VERIFIED_EMAIL: 'true' })).toEqual([]);
  });
});
