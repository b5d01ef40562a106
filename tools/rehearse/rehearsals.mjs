/**
 * What can be rehearsed. A rehearsal is a module with `run(report, options)` and, where it takes options of its own, `options` in
 * the form of `util.parseArgs`. It starts what it needs, hands what must be ended to `report.atEnd`, and tells what it sees.
 */
export const rehearsals = {
  system: {
    about: 'the whole system as real processes: sign-in, orders, gateway, an alert that fires and resolves, shutdown',
    load: () => import('./whole-system.mjs'),
  },
  'rolling-restart': {
    about: 'every instance ends and begins again under load, and nobody notices [--requests 20000]',
    load: () => import('./rolling-restart.mjs'),
  },
  backup: {
    about: 'MySQL and Redis are lost with all their data, and what was acknowledged comes back',
    load: () => import('./backup.mjs'),
  },
  regions: {
    about:
      'a revocation crosses to another region; the line is cut for half a minute [--delay-ms 80] [--partition-seconds 30]',
    load: () => import('./regions.mjs'),
  },
  secrets: {
    about: 'passwords, sealing, root and signing keys are changed one after the other, and no valid token is refused',
    load: () => import('./secrets.mjs'),
  },
};
