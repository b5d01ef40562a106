import { nestApp } from '../nest-app.mjs';

/** Nobody is asked for anything: what the route itself costs. */
export const start = () => nestApp();
