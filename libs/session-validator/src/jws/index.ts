/**
 * One compact JWS and one key, without a session: for other people's vectors, and to look at a token by itself.
 *
 * @module
 */
export { verifyCompactJws, type JwsOptions, type JwsVerdict } from './verify-compact-jws.js';
