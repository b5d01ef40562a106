import { Readable } from 'node:stream';
import fc from 'fast-check';
import { type ImportLine, readLines } from './read-lines.js';

async function linesOf(chunks: readonly (Buffer | string)[], lineBytes = 1_000): Promise<ImportLine[]> {
  const lines: ImportLine[] = [];
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk))) as AsyncIterable<Buffer>;
  for await (const line of readLines(body, { lineBytes })) lines.push(line);
  return lines;
}

describe('reading lines', () => {
  it('finds the same lines wherever the stream is cut', async () => {
    const text = 'ä\n\n{"b":1}\r\n   \nlast';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 8 }), async (cuts) => {
        const whole = Buffer.from(text);
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, n) => whole.subarray(at[n], end));
        expect(await linesOf(chunks)).toEqual([
          { number: 1, text: 'ä' },
          { number: 3, text: '{"b":1}\r' },
          { number: 5, text: 'last' },
        ]);
      }),
    );
  });

  it('tells the number of a line that is too long or not UTF-8, keeps nothing of it, and goes on', async () => {
    const lines = await linesOf(['ok\n', 'x'.repeat(600), 'x'.repeat(600), '\n', Buffer.from([0xc3, 0x28]), '\nok']);
    expect(lines).toEqual([
      { number: 1, text: 'ok' },
      { number: 2, text: undefined, fault: 'LINE_TOO_LONG' },
      { number: 3, text: undefined, fault: 'NOT_UTF8' },
      { number: 4, text: 'ok' },
    ]);
  });

  it('asks for no more than is taken from it', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        given++;
        yield Buffer.from('line\n'.repeat(10));
      }
    }
    const lines = readLines(endless(), { lineBytes: 100 });
    for (let n = 0; n < 25; n++) await lines.next();
    expect(given).toBe(3);
    await lines.return(undefined);
  });

  it('holds no more than a line of an endless one', async () => {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (let n = 0; n < 6_400; n++) {
        // Lets the collector have its turn, as a socket would.
        if (n % 100 === 0) await new Promise(setImmediate);
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield Buffer.alloc(65_536, 'x');
      }
    }
    const lines: ImportLine[] = [];
    for await (const line of readLines(endless(), { lineBytes: 8_192 })) lines.push(line);
    expect(lines).toEqual([{ number: 1, text: undefined, fault: 'LINE_TOO_LONG' }]);
    // 400 MiB went through.
    expect((most - before) / 2 ** 20).toBeLessThan(200);
  });
});
