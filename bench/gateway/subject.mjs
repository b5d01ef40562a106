import { subjectOf } from '../harness/subject.mjs';
import { fieldMarkdown } from './field.mjs';
import { PIECES } from './pieces.mjs';

export const { pieceNames, run } = subjectOf('gateway', PIECES, ({ pieces: { proxy } }) =>
  proxy?.result ? fieldMarkdown(proxy.result) : '',
);
