// The API reference of a library, written from its docstrings: one page for each door of its manifest. The same sources give
// the same text everywhere: no dates, no line numbers, no paths of a machine.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, Logger, LogLevel } from 'typedoc';

/** What the door without a name of its own is called. */
const CORE = 'core';
/** What several doors hand out is told in the first of these, and the others lead there. */
const FIRST = ['.', './http'];

/** Kinds that must say what they are. */
const DOCUMENTED = [
  'Module',
  'Class',
  'Interface',
  'TypeAlias',
  'Function',
  'Method',
  'Property',
  'Accessor',
  'Variable',
  'Enum',
  'EnumMember',
];

/**
 * @param {string} library folder of a package whose `exports` have a `@gatehouse/source`
 * @returns {Promise<{ pages: Map<string, string>, faults: string[] }>} pages by file name; faults are what a reader would
 *   miss, such as a public symbol without a docstring
 */
export async function renderApiReference(library) {
  const { name, exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
  const others = Object.keys(exports).filter((door) => typeof exports[door] === 'object' && !FIRST.includes(door));
  const doors = [...FIRST.filter((door) => door in exports), ...others.sort()];
  const faults = [];
  const out = mkdtempSync(join(tmpdir(), 'api-reference-'));
  const application = await Application.bootstrapWithPlugins({
    ...presentation(name),
    entryPoints: doors.map((door) => join(library, exports[door]['@gatehouse/source'])),
    tsconfig: join(library, 'tsconfig.lib.json'),
    basePath: join(library, 'src'),
    out,
    plugin: ['typedoc-plugin-markdown'],
    logLevel: 'Warn',
    readme: 'none',
    disableSources: true,
    disableGit: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    sortEntryPoints: false,
    requiredToBeDocumented: DOCUMENTED,
    // Whether a type that is only mentioned deserves a place in a door is for people to decide.
    validation: { notExported: false, notDocumented: true, invalidLink: true, rewrittenLink: true, invalidPath: true },
  });
  application.logger = new FaultLogger(faults);

  try {
    const project = await application.convert();
    if (!project) return { pages: new Map(), faults: [...faults, `${name} does not compile`] };
    for (const module of project.children ?? []) module.name = module.name.replace(/\/?index$/, '') || CORE;
    application.validate(project);
    await application.generateOutputs(project);
    const names = readdirSync(out).sort();
    return { pages: new Map(names.map((page) => [page, readFileSync(join(out, page), 'utf8')])), faults };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function presentation(name) {
  const addressOf = (module) => (module === CORE ? name : `${name}/${module}`);
  return {
    name,
    router: 'module',
    entryFileName: 'README',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    hideGenerator: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    indexFormat: 'table',
    tableColumnSettings: { hideDefaults: true, hideInherited: true, hideModifiers: true, hideOverrides: true },
    pageTitleTemplates: { index: 'API reference', module: ({ name: module }) => addressOf(module) },
  };
}

/** What has no name of its own is told by what holds it: a member of a type that is written out in place. */
const NAMELESS = '.__type.';

/** Keeps what is wrong, and prints nothing. */
class FaultLogger extends Logger {
  constructor(faults) {
    super();
    this.faults = faults;
  }

  log(message, level) {
    if (level >= LogLevel.Warn && !message.includes(NAMELESS)) this.faults.push(message);
  }
}
