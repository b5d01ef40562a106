import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks on the terminal and shows nothing of what is typed. `undefined` where there is no terminal. */
export function hiddenPrompt(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): ((question: string) => Promise<string>) | undefined {
  if (!input.isTTY) return undefined;
  return async (question) => {
    output.write(question);
    // The line editor echoes into this, and so nowhere.
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input, output: silent, terminal: true });
    try {
      return await lines.question('');
    } finally {
      lines.close();
      output.write('\n');
    }
  };
}

/** The first line of a stream, without its end. */
export async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input });
  for await (const line of lines) return line;
  return '';
}
