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

// The words of every language, without the "offer." of their keys. All must have the same keys in
// the same order.
const read = async (language) => Object.entries(JSON.parse(await readFile(new URL(`words.${language}.json`, here), 'utf8')))
  .map(([key, text]) => [key.replace(/^offer\./, ''), text]);
const languages = (await readdir(here)).map((name) => /^words\.(.+)\.json$/.exec(name)?.[1]).filter(Boolean).sort();
const dictionary = await Promise.all(languages.map(read));
const keys = dictionary[0].map(([key]) => key);
for (const [i, words] of dictionary.entries()) {
  if (words.map(([key]) => key).join() !== keys.join()) throw new Error(`words.${languages[i]}.json has other keys, or another order, than words.${languages[0]}.json`);
}

// A source with say('key') as say(number), which takes fewer bytes.
const numbered = async (path) => (await readFile(path, 'utf8')).replace(/\bsay\('([^']+)'/g, (_, key) => {
  if (!keys.includes(key)) throw new Error(`${path}: there are no words for ${key}`);
  return `say(${keys.indexOf(key)}`;
});

// The texts of each language in the order of their keys, and the numbers of the keys that the
// sources name in another way: as 'key', or by their beginning as in `after.${what}`.
const words = {
  name: 'words',
  setup(b) {
    b.onLoad({ filter: /\/src\/.*\.js$/ }, async ({ path }) => ({ contents: await numbered(path) }));
    b.onResolve({ filter: /^words$/ }, ({ path }) => ({ path, namespace: 'words' }));
    b.onLoad({ filter: /.*/, namespace: 'words' }, async () => {
      const sources = (await Promise.all((await readdir(new URL('src/', here))).filter((name) => name.endsWith('.js')).map((name) => numbered(fileURLToPath(new URL(`src/${name}`, here)))))).join('');
      const named = keys.filter((key) => sources.includes(`'${key}'`) || key.includes('.') && sources.includes(`\`${key.split('.')[0]}.\${`));
      const numbers = Object.fromEntries(named.map((key) => [key, keys.indexOf(key)]));
      const texts = Object.fromEntries(dictionary.map((words, i) => [languages[i], words.map(([, text]) => text)]));
      return { contents: JSON.stringify({ numbers, texts }), loader: 'json' };
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
