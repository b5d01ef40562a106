export { verifyCompactJws, type JwsOptions, type JwsVerdict } from './verify-compact-jws.js';
