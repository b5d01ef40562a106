/** Kubernetes allows 63 characters; what is made from the name adds some. */
const LONGEST_NAME = 40;
const FORM = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Why a service cannot have this name, in one sentence that says what to do, or `undefined` if it can. The name becomes a
 * folder, a package, an image, a Kubernetes object and a class.
 *
 * @param {unknown} name
 * @param {(folder: string) => boolean} exists - whether the workspace has this folder
 */
exports.refusalOfName = function refusalOfName(name, exists) {
  if (typeof name !== 'string' || !FORM.test(name)) {
    return 'Give the service a name of small letters, digits and single hyphens, a letter first, such as "billing" or "stock-levels".';
  }
  if (name.length > LONGEST_NAME) return `Give the service a name of at most ${LONGEST_NAME} characters.`;
  const taken = [`apps/${name}`, `libs/${name}`, name].find((folder) => exists(folder));
  // @gatehouse/<name> is one name for apps, libs and tools alike.
  return taken && `The name "${name}" is taken: there is a folder ${taken}. Choose another.`;
};
