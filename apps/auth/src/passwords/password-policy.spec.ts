import { dictionary } from '@zxcvbn-ts/language-common';
import { PasswordPolicy } from './password-policy.js';
import { WeakPassword } from './passwords.errors.js';

function reasons(password: string, context: readonly string[] = ['john.doe@acme.test', 'John Doe'], minLength = 8) {
  try {
    new PasswordPolicy(minLength).check(password, context);
    return [];
  } catch (error) {
    if (error instanceof WeakPassword) return error.details.reasons;
    throw error;
  }
}

describe('the password policy', () => {
  it('counts code points, not UTF-16 units', () => {
    expect(reasons('😀'.repeat(7))).toEqual(['too_short']);
    expect(reasons('😀'.repeat(8))).toEqual([]);
    expect(reasons('😀'.repeat(14), [], 15)).toEqual(['too_short']);
  });

  it('asks for length and for nothing else', () => {
    expect(reasons('fifteenlettersonly')).toEqual([]);
    expect(reasons('       spaces       ')).toEqual([]);
    expect(reasons('x'.repeat(256))).toEqual([]);
  });

  it('refuses every one of the commonest passwords, however capitalised', () => {
    const common = dictionary['passwords-common'].map(String);
    expect(common.filter((password) => password.length >= 8).length).toBeGreaterThan(10_000);
    const let_through = common.filter((password) => !reasons(password).includes('too_common'));
    expect(let_through).toEqual([]);
    expect(reasons('PassWord123')).toEqual(['too_common']);
  });

  it.each([
    'john.doe@acme.test',
    'John.Doe@ACME.test',
    'johndoe123',
    'John Doe',
    'john-doe-2024',
    'acme.test',
    'gatehouse',
    'Gatehouse2026',
    'orders-auth-service',
  ])('refuses %s for John Doe of acme.test', (password) => {
    expect(reasons(password)).toContain('names_you_or_us');
  });

  it('accepts a long phrase that merely mentions a name', () => {
    expect(reasons('john rides to the gatehouse')).toEqual([]);
  });

  it('gives every reason at once, and the length it wants', () => {
    expect(reasons('john')).toEqual(expect.arrayContaining(['too_short', 'names_you_or_us']));
    expect(() => new PasswordPolicy(12).check('short', [])).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ min_length: 12 }) }),
    );
  });
});
