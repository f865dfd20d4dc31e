// Builds consent-offer.js: one file with everything in it. The same sources and the same
// node_modules give the same bytes.
//
//   node shared/consentoffer/build.mjs            writes consent-offer.js, and its digest into docs/embed.md
//   node shared/consentoffer/build.mjs --stdout   prints it
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url);

// The style is minified by itself, and then is a text.
const style = {
  name: 'style',
  setup(b) {
    b.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles: [{ text }] } = await build({ entryPoints: [path], minify: true, write: false });
      return { contents: text.trim(), loader: 'text' };
    });
  },
};

const { outputFiles: [{ text }] } = await build({
  entryPoints: [fileURLToPath(new URL('src/element.js', here))], absWorkingDir: fileURLToPath(here), plugins: [style],
  bundle: true, minify: true, write: false, format: 'iife', target: 'es2022', charset: 'utf8', legalComments: 'none',
});
if (process.argv[2] === '--stdout') process.stdout.write(text);
else {
  await writeFile(new URL('consent-offer.js', here), text);
  const doc = new URL('../../docs/embed.md', here);
  const digest = `sha384-${createHash('sha384').update(text).digest('base64')}`;
  await writeFile(doc, (await readFile(doc, 'utf8')).replace(/integrity="[^"]*"/, `integrity="${digest}"`));
}
