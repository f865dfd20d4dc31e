// Builds consent-offer.js: one file with everything in it. The same sources and the same
// node_modules give the same bytes.
//
//   node shared/consentoffer/build.mjs            writes consent-offer.js, and its digest into docs/embed.md
//   node shared/consentoffer/build.mjs --stdout   prints it
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url);

// The words of every language: the keys once, and the texts of each language in their order.
const words = {
  name: 'words',
  setup(b) {
    b.onResolve({ filter: /^words$/ }, ({ path }) => ({ path, namespace: 'words' }));
    b.onLoad({ filter: /.*/, namespace: 'words' }, async () => {
      const folder = new URL('../wording/', here);
      const languages = (await readdir(folder, { withFileTypes: true })).filter((f) => f.isDirectory()).map((f) => f.name).sort();
      const texts = await Promise.all(languages.map(async (language) => [language, JSON.parse(await readFile(new URL(`${language}/consentoffer.json`, folder), 'utf8'))]));
      const keys = Object.keys(texts[0][1]);
      for (const [language, text] of texts) {
        if (JSON.stringify(Object.keys(text)) !== JSON.stringify(keys)) throw new Error(`the words in ${language} have other keys, or another order, than those in ${languages[0]}`);
      }
      return { contents: JSON.stringify({ keys, texts: Object.fromEntries(texts.map(([language, text]) => [language, Object.values(text)])) }), loader: 'json' };
    });
  },
};

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
  entryPoints: [fileURLToPath(new URL('src/element.js', here))], absWorkingDir: fileURLToPath(here), plugins: [words, style],
  bundle: true, minify: true, write: false, format: 'iife', target: 'es2022', charset: 'utf8', legalComments: 'none',
});
if (process.argv[2] === '--stdout') process.stdout.write(text);
else {
  await writeFile(new URL('consent-offer.js', here), text);
  const doc = new URL('../../docs/embed.md', here);
  const digest = `sha384-${createHash('sha384').update(text).digest('base64')}`;
  await writeFile(doc, (await readFile(doc, 'utf8')).replace(/integrity="[^"]*"/, `integrity="${digest}"`));
}
