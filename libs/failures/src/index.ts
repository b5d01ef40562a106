export { AppError } from './app-error.js';
export { PROBLEMS, type Problem } from './problems.js';
export { DatabaseUnavailable, SessionStoreUnavailable } from './unavailable.js';
