/** A fenced block of a Markdown page. */
export interface CodeBlock {
  /** Page and line, for whoever has to find it. */
  readonly place: string;
  readonly language: string;
  /** What follows the language on the fence: `continued` for a block that builds on the one before, `file=…` for its name. */
  readonly info: string;
  readonly code: string;
}

const FENCE = /^([ ]*)```(\w+)([^\n]*)\n([\s\S]*?)^\1```$/gm;

/** The blocks of a page, in their order. Those inside a list lose its indentation. */
export function codeBlocks(page: string, text: string): CodeBlock[] {
  return [...text.matchAll(FENCE)].map(({ index, 1: indent = '', 2: language = '', 3: info = '', 4: code = '' }) => ({
    place: `${page}:${text.slice(0, index).split('\n').length}`,
    language,
    info: info.trim(),
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** TypeScript of a page as modules by place: each block is one, unless it continues the one before. */
export function modulesOf(blocks: readonly CodeBlock[]): Map<string, string> {
  const modules = new Map<string, string>();
  let last = '';
  for (const { place, language, info, code } of blocks) {
    if (language !== 'ts') continue;
    if (info !== 'continued') last = place;
    modules.set(last, `${modules.get(last) ?? ''}${code}`);
  }
  return modules;
}
