import { seconds } from '@gatehouse/config';

/** Variables about service accounts and the endpoints that standards fix. */
export const oauthFields = {
  SERVICE_TOKEN_EXPIRY: seconds({ min: 1, max: 43_200 })
    .optional()
    .describe('Life of an access token of a service account; ACCESS_TOKEN_EXPIRY when absent, and never more'),
  CLIENT_ASSERTION_EXPIRY: seconds({ min: 10, max: 3_600 })
    .default('5m')
    .describe('How long the signed proof of a service account (private_key_jwt) may live'),
  INTROSPECTION_CACHE: seconds({ min: 0, max: 60 })
    .default('5')
    .describe('How long a service may keep an answer of /auth/introspect; a revocation is not seen meanwhile'),
};
