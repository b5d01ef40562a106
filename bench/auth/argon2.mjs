/** The parameters the auth service uses unless told otherwise; everybody is measured with these. */
export const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const PASSWORD = 'a long bench password';
