import { createVerify, generateKeyPairSync, sign, verify } from 'node:crypto';
import { toDerSignature } from './ecdsa-signature.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const input = Buffer.from('header.payload');
const sides = (r: Buffer, s: Buffer) => Buffer.concat([r, s]);
const number = (hex: string) => Buffer.from(hex.padStart(64, '0'), 'hex');

const ours = (signature: Buffer) => {
  const der = toDerSignature(signature);
  return der !== undefined && createVerify('sha256').update(input).verify(publicKey, der);
};
const nodes = (signature: Buffer) => verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);

it('is judged as Node judges the form it came in, good or with any one bit turned', () => {
  for (let n = 0; n < 300; n++) {
    const signature = sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(ours(signature)).toBe(true);
    const bit = n % 512;
    signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(ours(signature)).toBe(nodes(signature));
    expect(ours(signature)).toBe(false);
  }
});

it.each([
  ['zeros', number('00'), number('00'), '3006020100020100'],
  ['ones', number('01'), number('01'), '3006020101020101'],
  ['a first bit that is set', number('80'), number('7f'), '30070202008002017f'],
  ['leading zeros', number('0102'), number('ff01'), '3009020201020203' + '00ff01'],
])('has the shortest form of each number: %s', (_what, r, s, der) => {
  expect(toDerSignature(sides(r, s))?.toString('hex')).toBe(der);
});

it('of the largest numbers is as long as can be', () => {
  const der = toDerSignature(Buffer.alloc(64, 0xff));
  expect(der?.subarray(0, 5).toString('hex')).toBe('3046022100');
  expect(der).toHaveLength(72);
});

it.each([0, 1, 63, 65, 70, 72, 128])('is none with %i bytes', (length) => {
  expect(toDerSignature(Buffer.alloc(length, 1))).toBeUndefined();
});
