/**
 * Builds the published package into dist/: JavaScript and declarations from tsc, then what tsc leaves as it
 * is. Usage: npm run build
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });

// tsc rewrites `./x.ts` to `./x.js` in JavaScript only; compilers older than 5.7 don't find the declarations
// of `./x.ts`.
for (const file of globSync('dist/**/*.d.ts')) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/((?:from |import |import\()['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'),
  );
}

// Files that the code reads at run time.
for (const file of globSync('{src,examples/weather-agent}/**/*.{json,html,js,css,svg,sql}'))
  cpSync(file, `dist/${file}`);
// Node strips no types in node_modules, so the built demo names its built graph.
const demo = 'dist/examples/weather-agent/langgraph.json';
writeFileSync(demo, readFileSync(demo, 'utf8').replaceAll('.ts:', '.js:'));
