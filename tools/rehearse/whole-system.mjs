/** The whole system as real processes, with the configuration files of `docker/`; only addresses and paths are put in. */
export async function run(report) {
  report.saw('nothing yet', 0, { promise: 'the whole system', kept: false });
}
