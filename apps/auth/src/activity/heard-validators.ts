/** Validators whose last number is remembered; of more, those heard of longest ago are forgotten. */
export const MAX_HEARD_VALIDATORS = 10_000;
