import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import ts from 'typescript';

/**
 * What the compiler has against modules that are no files, as strict as the repository is with its own.
 *
 * @param folder - where they pretend to lie: what they import is looked for from there
 * @param neighbours - files they may import beside packages, by name; what is in them is not looked at
 * @returns one line for each fault, beginning with the module's name
 */
export function typeFaults(
  folder: string,
  modules: ReadonlyMap<string, string>,
  neighbours: ReadonlyMap<string, string> = new Map(),
): string[] {
  const options = compilerOptions(folder);
  const names = new Map([...modules.keys()].map((name, index) => [join(folder, `code-block-${index}.ts`), name]));
  const texts = new Map([
    ...[...names].map(([path, name]) => [path, modules.get(name) ?? ''] as const),
    ...[...neighbours].map(([name, text]) => [join(folder, name), text] as const),
  ]);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...names.keys()], options, host);
  return [...names].flatMap(([path, name]) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText, start = 0 }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${name} (+${line}): ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

/** Whether JavaScript can be read at all. */
export function syntaxFaults(code: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true, fileName: 'block.js' });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/**
 * Runs a module to its end.
 *
 * @param require - finds what it imports
 * @returns what it exports.
 */
export async function runModule(code: string, require: NodeJS.Require): Promise<Record<string, unknown>> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const exports: Record<string, unknown> = {};
  // CommonJS knows no `await` outside of functions, so it is one.
  const run = runInThisContext(`(async (exports, require) => {${outputText}\n})`) as (
    ...needs: unknown[]
  ) => Promise<void>;
  await run(exports, require);
  return exports;
}

function compilerOptions(folder: string): ts.CompilerOptions {
  const path = ts.findConfigFile(folder, ts.sys.fileExists, 'tsconfig.base.json');
  if (path === undefined) throw new Error('there is no tsconfig.base.json above the folder');
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, folder);
  // A line may show how something is named without using it.
  return {
    ...options,
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
}
