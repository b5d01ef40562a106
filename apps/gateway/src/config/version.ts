/** Of the gateway, as `/health` and its traces tell it. */
export const VERSION = '0.1.0';
