/**
 * What can be rehearsed. A rehearsal is a module with `run(report, options)` and, where it takes options of its own, `options` in
 * the form of `util.parseArgs`. It starts what it needs, hands what must be ended to `report.atEnd`, and tells what it sees.
 */
export const rehearsals = {
  system: {
    about: 'the whole system as real processes: sign-in, orders, gateway, an alert that fires and resolves, shutdown',
    load: () => import('./whole-system.mjs'),
  },
};
