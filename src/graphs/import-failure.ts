import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '.json'];

/**
 * Why importing a module of the user's project failed, in words that say what to change. Node runs TypeScript by stripping its types,
 * so what needs a compiler or a bundler (imports without extensions, enums, .tsx) fails in ways that deserve an explanation.
 */
export function explainImportFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ERR_MODULE_NOT_FOUND':
      return explainMissing(error);
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return `${error.message}: imports must name the file, such as "./folder/index.ts" (${STRIPPING})`;
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `${error.message}: enums, namespaces with values, parameter properties and decorators need a compiler (${STRIPPING})`;
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `${error.message}: graphs are .ts, .mts, .js or .mjs files`;
    default:
      return `${error.name}: ${error.message}`;
  }
}

const STRIPPING = 'TypeScript is run by Node, which only strips the types; for anything else, compile the project and name the .js file';

function explainMissing(error: Error): string {
  const wanted = missingFile(error);
  if (wanted === null) return error.message;
  const beside = [...EXTENSIONS.map((extension) => wanted + extension), wanted.replace(/\.([cm]?)js$/, '.$1ts')];
  const meant = beside.find((candidate) => candidate !== wanted && existsSync(candidate));
  if (meant === undefined) return error.message;
  return `${error.message}: there is ${basename(meant)}; relative imports must name the file with its extension (${STRIPPING})`;
}

/** The file that a failed import looked for; null for a package. */
function missingFile(error: Error): string | null {
  const { url } = error as { url?: unknown };
  return typeof url === 'string' && url.startsWith('file:') ? fileURLToPath(url) : null;
}
