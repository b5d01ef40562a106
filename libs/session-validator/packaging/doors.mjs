/**
 * The doors of the package, read from its manifest so that a new one is published without a second list to keep.
 *
 * @param exports - of the workspace manifest, where each door names its compiled ES module and its types
 * @returns per door the name its files get in the tarball, the compiled module and the compiled types, relative to the package
 */
export function doorsOf({ exports }) {
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([door, { types, default: module }]) => ({
      door,
      name: door === '.' ? 'index' : door.slice('./'.length),
      module,
      types,
    }));
}
