import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeThrown, isErrorLike, read, toldOf } from '../domain/thrown.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '.json'];

/**
 * Why importing a module of the user's project failed, in words that say what to change. Node runs TypeScript by stripping its types,
 * so what needs a compiler or a bundler (imports without extensions, enums, .tsx) fails in ways that deserve an explanation.
 */
export function explainImportFailure(error: unknown): string {
  if (!isErrorLike(error)) return toldOf(error);
  const { message } = describeThrown(error);
  switch (read(error, 'code')) {
    case 'ERR_MODULE_NOT_FOUND':
      return explainMissing(error, message);
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return `${message}: imports must name the file, such as "./folder/index.ts" (${STRIPPING})`;
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `${message}: enums, namespaces with values, parameter properties and decorators need a compiler (${STRIPPING})`;
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `${message}: graphs are .ts, .mts, .js or .mjs files`;
    default:
      return toldOf(error);
  }
}

const STRIPPING = 'TypeScript is run by Node, which only strips the types; for anything else, compile the project and name the .js file';

function explainMissing(error: object, message: string): string {
  const wanted = missingFile(error);
  if (wanted === null) return message;
  const beside = [...EXTENSIONS.map((extension) => wanted + extension), wanted.replace(/\.([cm]?)js$/, '.$1ts')];
  const meant = beside.find((candidate) => candidate !== wanted && existsSync(candidate));
  if (meant === undefined) return message;
  return `${message}: there is ${basename(meant)}; relative imports must name the file with its extension (${STRIPPING})`;
}

/** The file that a failed import looked for; null for a package. */
function missingFile(error: object): string | null {
  const url = read(error, 'url');
  return typeof url === 'string' && url.startsWith('file:') ? fileURLToPath(url) : null;
}
