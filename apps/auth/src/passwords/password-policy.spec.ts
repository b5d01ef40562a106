import { dictionary } from '@zxcvbn-ts/language-common';
import { BreachList } from './breach-list.port.js';
import { PasswordPolicy } from './password-policy.js';
import type { PasswordRules } from './password-rules.js';
import { BreachedPassword, WeakPassword } from './passwords.errors.js';

const rules = (given: Partial<PasswordRules> = {}): PasswordRules => ({
  minLength: 8,
  checksBreaches: false,
  refusedWords: [],
  ...given,
});

const JOHN = ['john.doe@acme.test', 'John Doe'];

async function reasons(password: string, context: readonly string[] = JOHN, minLength = 8) {
  try {
    await new PasswordPolicy(rules({ minLength })).check(password, context);
    return [];
  } catch (error) {
    if (error instanceof WeakPassword) return error.details.reasons;
    throw error;
  }
}

/** A list of one word that remembers what it was asked. */
class OneWord extends BreachList {
  readonly asked: string[] = [];
  constructor(private readonly word: string) {
    super();
  }
  override async has(password: string): Promise<boolean> {
    this.asked.push(password);
    return password === this.word;
  }
}

describe('the password policy', () => {
  it.each([
    [8, 7, ['too_short']],
    [8, 8, []],
    [15, 14, ['too_short']],
    [15, 15, []],
  ])('with a least length of %i says of %i letters: %j (A1)', async (minLength, length, expected) => {
    expect(await reasons('kjqzxvwpbmhtrgf'.slice(0, length), [], minLength)).toEqual(expected);
  });

  it('counts code points, not UTF-16 units, and takes 64 of them and more (A2)', async () => {
    expect(await reasons('😀'.repeat(7))).toEqual(['too_short']);
    expect(await reasons('😀'.repeat(8))).toEqual([]);
    expect(await reasons('😀'.repeat(14), [], 15)).toEqual(['too_short']);
    expect(await reasons('😀'.repeat(64), [], 15)).toEqual([]);
    expect(await reasons('x'.repeat(256))).toEqual([]);
  });

  it('counts what is hashed: letters that fall together in NFKC count once', async () => {
    expect(await reasons('e\u0301'.repeat(7))).toEqual(['too_short']);
    expect(await reasons('\ufb03'.repeat(3))).toEqual([]);
  });

  it('asks for length and for no kinds of characters (A4)', async () => {
    for (const password of [
      'fifteenlettersonly',
      '       spaces       ',
      '739184620573',
      'ÄÖÜäöüßÄÖÜ',
      '😀😁😂🤣😃😄😅😆',
    ]) {
      expect([password, await reasons(password)]).toEqual([password, []]);
    }
  });

  it('refuses every one of the commonest passwords, however capitalised (A5)', async () => {
    const common = dictionary['passwords-common'].map(String);
    expect(common.filter((password) => password.length >= 8).length).toBeGreaterThan(10_000);
    const letThrough = [];
    for (const password of common) if (!(await reasons(password)).includes('too_common')) letThrough.push(password);
    expect(letThrough).toEqual([]);
    expect(await reasons('PassWord123')).toEqual(['too_common']);
    // Full-width letters are the same guess.
    expect(await reasons('ｐａｓｓｗｏｒｄ１２３')).toEqual(['too_common']);
  });

  it('looks a password up in less than a millisecond (A5)', async () => {
    const policy = new PasswordPolicy(rules());
    const startedMs = performance.now();
    for (let n = 0; n < 1_000; n++) await policy.check(`not a common one ${n}`, JOHN);
    expect((performance.now() - startedMs) / 1_000).toBeLessThan(1);
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
  ])('refuses %s for John Doe of acme.test (A6)', async (password) => {
    expect(await reasons(password)).toContain('names_you_or_us');
  });

  it('accepts a long phrase that merely mentions a name (A6)', async () => {
    expect(await reasons('john rides to the gatehouse')).toEqual([]);
  });

  it('knows an address made of digits, and leaves other numbers alone (A6)', async () => {
    expect(await reasons('4915112345678', ['4915112345678@acme.test'])).toEqual(['names_you_or_us']);
    expect(await reasons('739184620573', ['4915112345678@acme.test'])).toEqual([]);
  });

  it('gives every reason at once, and the length it wants', async () => {
    expect(await reasons('john')).toEqual(expect.arrayContaining(['too_short', 'names_you_or_us']));
    await expect(new PasswordPolicy(rules({ minLength: 12 })).check('short', [])).rejects.toThrow(
      expect.objectContaining({ details: expect.objectContaining({ min_length: 12 }) }),
    );
  });

  it('refuses what is known from a breach, and asks only about what nothing else speaks against', async () => {
    const breaches = new OneWord('velvet otter parade');
    const policy = new PasswordPolicy(rules({ checksBreaches: true }), breaches);
    await expect(policy.check('velvet otter parade', JOHN)).rejects.toThrow(BreachedPassword);
    await expect(policy.check('velvet otter charade', JOHN)).resolves.toBeUndefined();
    await expect(policy.check('password123', JOHN)).rejects.toThrow(WeakPassword);
    expect(breaches.asked).toEqual(['velvet otter parade', 'velvet otter charade']);
  });

  it('refuses words of the house as it refuses names, whole and however they are written (A6)', async () => {
    const policy = new PasswordPolicy(rules({ refusedWords: ['Northwind Traders', 'velvet-otter'] }));
    for (const word of ['northwind traders', 'NorthwindTraders2026', 'Velvet Otter', 'VELVET_OTTER7']) {
      await expect(policy.check(word, [])).rejects.toMatchObject({ details: { reasons: ['names_you_or_us'] } });
    }
    await expect(policy.check('a velvet otter sings', [])).resolves.toBeUndefined();
  });

  it('goes by the rules as they are at that moment', async () => {
    const live = { minLength: 8, checksBreaches: false, refusedWords: [] };
    const breaches = new OneWord('velvet otter parade');
    const policy = new PasswordPolicy(live, breaches);
    await policy.check('velvet otter parade', []);
    expect(breaches.asked).toEqual([]);
    Object.assign(live, { minLength: 20, checksBreaches: true });
    await expect(policy.check('velvet otter parade', [])).rejects.toThrow(WeakPassword);
    live.minLength = 15;
    await expect(policy.check('velvet otter parade', [])).rejects.toThrow(BreachedPassword);
  });
});
