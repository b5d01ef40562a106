import { subjectOf } from '../harness/subject.mjs';
import { PIECES } from './pieces.mjs';

export const { pieceNames, run } = subjectOf('auth', PIECES);
