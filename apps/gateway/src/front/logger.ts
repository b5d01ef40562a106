/** Under what name the rooms ask for the logger: it is an interface, which no injector can tell apart. */
export const LOGGER = Symbol('logger');
