import sonicBoom, { type SonicBoom } from 'sonic-boom';

/**
 * Standard output without waiting: lines leave in the background, what is left leaves at the exit.
 *
 * When nobody reads any more (the parent has died, the pipe is closed) the rest is dropped. pino's own destination tries
 * for ever in that case, so a service whose supervisor was killed would never end.
 */
export function standardOutput(): SonicBoom {
  const output = new sonicBoom.SonicBoom({ fd: process.stdout.fd, sync: false });
  const flush = () => {
    try {
      output.flushSync();
    } catch {
      // Nobody reads; there is nothing to say it to.
    }
  };
  output.on('error', (error: NodeJS.ErrnoException) => {
    // A full disk may cost lines, not the service: they are tried again with the next one.
    if (error.code !== 'EPIPE') return;
    process.off('exit', flush);
    output.write = () => true;
  });
  process.on('exit', flush);
  return output;
}
