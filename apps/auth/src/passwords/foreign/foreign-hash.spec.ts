import { hash as bcryptHash } from '@node-rs/bcrypt';
import { hash as argon2Hash } from '@node-rs/argon2';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { asImported, MAX_FOREIGN_HASH_LENGTH, readForeignHash, readImported } from './imported-hash.js';

const AS_TYPED = 'lètmein 日本';
/** Made by the systems themselves or published with their specifications; the last ones by Python's hashlib. */
const VECTORS: readonly (readonly [what: string, scheme: string, hash: string, password: string])[] = [
  ['PHP', 'bcrypt', '$2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi', 'rasmuslerdorf'],
  ['libxcrypt', 'bcrypt', '$2b$06$abcdefghijklmnopqrstuOlzNhp8m.7oUjXUXgUea6MYF8llI68P2', 'un mot passé très long'],
  ['jBCrypt', 'bcrypt', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe', 'a'],
  [
    'Firebase',
    'firebase-scrypt',
    'firebase-scrypt$8$14$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    'user1password',
  ],
  [
    'passlib',
    'pbkdf2-sha256',
    '$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk',
    'toomanysecrets',
  ],
  [
    'passlib',
    'scrypt',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
    'password',
  ],
  ['passlib', 'argon2i', '$argon2i$v=19$m=512,t=2,p=2$aI2R0hpDyLm3ltLa+1/rvQ$LqPKjd6n8yniKtAithoR7A', 'password'],
  [
    'Django',
    'scrypt',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
    'lètmein',
  ],
  ['Django', 'pbkdf2-sha256', 'pbkdf2_sha256$1000$seasalt2026$qqsznBu8jvXdz4HSNRXLqg1dOQGFN2HJ6oio7H1fqzM=', AS_TYPED],
  ['Django', 'pbkdf2-sha1', 'pbkdf2_sha1$1000$seasalt2026$xL9U766tiaLPe+s1dZFO3SfFgio=', AS_TYPED],
  [
    'a PHC string',
    'pbkdf2-sha512',
    '$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$u8q7ct7RD+pYIy6aMWD3uB4P06O2ihGYCYIu0Y49gMLG5yBGSVvA9Zf+cLEcfzbdNEMfGDd8muwBYLLfIa3dRw',
    AS_TYPED,
  ],
  [
    'ASP.NET',
    'aspnet-identity-v3',
    'AQAAAAIAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg+7yrty3tEP6lgjLpoxYPe4Hg/To7aKEZgJgi7Rjj2Awg==',
    AS_TYPED,
  ],
  [
    'ASP.NET',
    'aspnet-identity-v3',
    'AQAAAAEAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg/hsP5BrRrofcpr8VrrVXhQGMxatE96OHYCwYZcDXJxkg==',
    AS_TYPED,
  ],
  [
    'scrypt as N, r, p',
    'scrypt',
    'scrypt$1024$8$2$AAECAwQFBgcICQoLDA0ODw==$UDaFWq2vix+nv8qPpTNtHX1irXO+fLJWbiuXcjYvtxY=',
    AS_TYPED,
  ],
];

describe('hashes that others made', () => {
  it.each(VECTORS)('of %s (%s) match their password and no other', async (_what, scheme, text, password) => {
    const hash = readForeignHash(text);
    expect(hash).toMatchObject({ scheme, isBearable: true });
    await expect(hash?.matches(password)).resolves.toBe(true);
    for (const other of ['', `${password} `, password.slice(1), `${password}\0x`]) {
      await expect(hash?.matches(other)).resolves.toBe(false);
    }
  });

  it.each(['2a', '2b', '2y'])('of bcrypt go by the mark %s', async (mark) => {
    const text = (await bcryptHash('correct horse', 4)).replace('$2b$', `$${mark}$`);
    await expect(readForeignHash(text)?.matches('correct horse')).resolves.toBe(true);
  });

  it.each([
    ['argon2d', 0],
    ['argon2i', 1],
    ['argon2id', 2],
  ])('of %s are known', async (scheme, algorithm) => {
    const text = await argon2Hash('correct horse', { algorithm, memoryCost: 64, timeCost: 1, parallelism: 2 });
    expect(readForeignHash(text)?.scheme).toBe(scheme);
    await expect(readForeignHash(text)?.matches('correct horse')).resolves.toBe(true);
  });

  it('keep the defect of bcrypt, which looks at 72 bytes, as long as they are bcrypt (A3)', async () => {
    const hash = readForeignHash(await bcryptHash(`${'a'.repeat(72)}b`, 4));
    await expect(hash?.matches(`${'a'.repeat(72)}c`)).resolves.toBe(true);
    await expect(readForeignHash(await bcryptHash('a\0b', 4))?.matches('a\0c')).resolves.toBe(false);
  });

  it.each([
    ['bcrypt', `$2b$14$${'a'.repeat(53)}`],
    ['bcrypt', `$2b$31$${'a'.repeat(53)}`],
    ['argon2id with much memory', `$argon2id$v=19$m=4194304,t=1,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`],
    ['argon2id with many passes', `$argon2id$v=19$m=65536,t=999999999,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`],
    ['argon2id with many lanes', `$argon2id$v=19$m=65536,t=1,p=8192$${'a'.repeat(22)}$${'a'.repeat(43)}`],
    ['PBKDF2', `pbkdf2_sha256$2000001$salt$${'a'.repeat(43)}=`],
    ['PBKDF2 of several blocks', `$pbkdf2-sha1$1000000$c2FsdA$${'a'.repeat(86)}`],
    ['PBKDF2 in ASP.NET', Buffer.from(`0100000001ffffffff00000010${'00'.repeat(48)}`, 'hex').toString('base64')],
    ['scrypt with much memory', `$scrypt$ln=20,r=8,p=1$c2FsdA$${'a'.repeat(43)}`],
    ['scrypt with all the memory there is', `$scrypt$ln=31,r=99,p=1$c2FsdA$${'a'.repeat(43)}`],
    ['scrypt with much work', `scrypt$16384$8$99$c2FsdA$${'a'.repeat(43)}`],
    ['scrypt of Firebase', `firebase-scrypt$8$20$Bw==$${'a'.repeat(86)}==$c2FsdA==$${'a'.repeat(86)}==`],
  ])('of %s that would cost too much are told', (_what, text) => {
    expect(readForeignHash(text)).toMatchObject({ isBearable: false });
  });

  it.each([
    ['nothing', ''],
    ['a password', 'correct horse'],
    ['unsalted MD5', createHash('md5').update('x').digest('hex')],
    ['unsalted SHA-256', createHash('sha256').update('x').digest('hex')],
    ['bcrypt of the defect implementation', `$2x$10$${'a'.repeat(53)}`],
    ['bcrypt, cut', `$2b$10$${'a'.repeat(52)}`],
    ['bcrypt below its least cost', `$2b$03$${'a'.repeat(53)}`],
    ['a digest that chance would meet', `pbkdf2_sha256$1000$salt$${Buffer.alloc(2).toString('base64')}`],
    ['no digest', 'pbkdf2_sha256$1000$salt$'],
    ['no rounds', `pbkdf2_sha256$0$salt$${'a'.repeat(43)}=`],
    ['no base64', `pbkdf2_sha256$1000$salt$${'!'.repeat(43)}`],
    ['MD5 inside', `pbkdf2_md5$1000$salt$${'a'.repeat(43)}=`],
    ['no power of two', `scrypt$1000$8$1$c2FsdA$${'a'.repeat(43)}`],
    ['argon2 with a secret', `$argon2id$v=19$m=64,t=1,p=1,keyid=aaaa$${'a'.repeat(22)}$${'a'.repeat(43)}`],
    ['argon2 without memory', `$argon2id$v=19$m=0,t=1,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`],
    ['a signer key of another length', `firebase-scrypt$8$14$Bw==$aaaa$c2FsdA==$${'a'.repeat(86)}==`],
    [
      'ASP.NET whose salt is longer than it',
      Buffer.from(`0100000001000003e8ffffffff${'00'.repeat(48)}`, 'hex').toString('base64'),
    ],
    ['ASP.NET version 2', Buffer.alloc(49).toString('base64')],
    ['a text too long for its column', `pbkdf2_sha256$1000$${'s'.repeat(MAX_FOREIGN_HASH_LENGTH)}$${'a'.repeat(43)}=`],
  ])('are not taken from %s', (_what, text) => {
    expect(readForeignHash(text)).toBeUndefined();
  });

  it('are read from any text without an exception, and no text damaged by a letter matches by mistake', async () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void readForeignHash(text)));
    const pieces = ['$', 'argon2id', 'v=19', 'm=64,t=1,p=1', 'scrypt', '1024', '8', 'pbkdf2_sha256', '2b', 'AQAA', '='];
    const built = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(fc.property(built, (text) => void readForeignHash(text)));
    const [, , text = '', password = ''] = VECTORS.at(-1) ?? [];
    for (let at = 0; at < text.length; at += 7) {
      const damaged = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      const hash = readForeignHash(damaged);
      expect(hash?.isBearable === true && (await hash.matches(password))).toBe(false);
    }
  });

  it('carry a mark while they are kept, so that none passes for ours', async () => {
    const text = await argon2Hash('correct horse', { memoryCost: 64, timeCost: 1, parallelism: 1 });
    expect(readImported(text)).toBeUndefined();
    await expect(readImported(asImported(text))?.matches('correct horse')).resolves.toBe(true);
    expect(asImported('x'.repeat(MAX_FOREIGN_HASH_LENGTH))).toHaveLength(255);
  });
});
