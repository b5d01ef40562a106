import { StreamAccess } from './stream-access.js';
import { StreamClosed, StreamTokenInvalid, StreamTokenMissing } from './stream.errors.js';

describe('the revocation stream', () => {
  it('is for whoever shows its token', () => {
    const access = new StreamAccess('the token of the stream', true);
    expect(() => access.check('the token of the stream')).not.toThrow();
    expect(() => access.check('')).toThrow(StreamTokenMissing);
    for (const shown of ['the token of the strea', 'the token of the stream ', 'x']) {
      expect(() => access.check(shown)).toThrow(StreamTokenInvalid);
    }
  });

  it('is closed where no token is set up, unless that is allowed', () => {
    expect(() => new StreamAccess(undefined, false).check('')).toThrow(StreamClosed);
    expect(() => new StreamAccess(undefined, false).check('anything')).toThrow(StreamClosed);
    expect(() => new StreamAccess(undefined, true).check('')).not.toThrow();
  });
});
