// Builds verify.html: one file with everything in it. The same sources and the
// same node_modules give the same bytes.
//
//   node shared/receipt/verifypage/build.mjs            writes verify.html
//   node shared/receipt/verifypage/build.mjs --stdout   prints it
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url);
const wording = new URL('../../wording/', here);
const read = (path) => readFile(new URL(path, here), 'utf8');

const isRemark = (name, value) => ['title', 'description'].includes(name) && typeof value === 'string';

// The published schemas, without their remarks.
async function schemas() {
  const names = ['receipt', 'presentation', 'manifest'];
  const texts = await Promise.all(names.map(async (name) => {
    const schema = JSON.parse(await read(`../../../events/schema/${name}/1.json`), function (key, value) {
      return isRemark(key, value) ? undefined : value;
    });
    return JSON.stringify(schema);
  }));
  return texts.map((schema, i) => `export const ${names[i]} = ${schema};`).join('\n');
}

// Keys of words that this page never says: they address the person, or belong to other forms.
const elsewhere = /^(event|event-neutral|asked|asked-neutral|check|pdf|text|letters|signed|root|page\.title)\./;

// The words of every language, which is a folder: the vocabulary that all pages share, those of
// the receipt's page, and those of this page, which override the others.
async function words(folder = wording) {
  const languages = (await readdir(folder, { withFileTypes: true })).filter((f) => f.isDirectory()).map((f) => f.name).sort();
  const texts = {};
  for (const language of languages) {
    const rooms = ['vocabulary', 'page', 'verifypage'].map((room) => readFile(new URL(`${language}/${room}.json`, folder), 'utf8'));
    const all = Object.assign({}, ...(await Promise.all(rooms)).map((room) => JSON.parse(room)));
    texts[language] = Object.fromEntries(Object.entries(all).filter(([key]) => !elsewhere.test(key)));
  }
  return texts;
}

const contents = (texts) => ({
  name: 'contents',
  setup(b) {
    b.onResolve({ filter: /^(schemas|words)$/ }, ({ path }) => ({ path, namespace: 'contents' }));
    b.onLoad({ filter: /.*/, namespace: 'contents' }, async ({ path }) => ({
      contents: path === 'words' ? `export default ${JSON.stringify(await texts)};` : await schemas(), loader: 'js',
    }));
  },
});

// Bundles a script of src, and returns it with the names of the bundled packages.
export async function bundle(entry, format, texts = words()) {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`src/${entry}`, here))], absWorkingDir: fileURLToPath(here), plugins: [contents(texts)],
    bundle: true, minify: true, write: false, metafile: true, format, target: 'es2022', charset: 'utf8', legalComments: 'none',
  });
  const packages = Object.keys(result.metafile.inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return { code: result.outputFiles[0].text, packages: [...new Set(packages.filter(Boolean))].sort() };
}

// The licences of the bundled packages, as these require.
async function notice(packages) {
  const parts = await Promise.all(packages.map(async (name) => {
    const folder = `../../../node_modules/${name}/`;
    const { version, license, author } = JSON.parse(await read(`${folder}package.json`));
    const file = (await readdir(new URL(folder, here))).find((f) => /^licen[cs]e/i.test(f));
    if (!file && license !== 'MIT') throw new Error(`${name} has no licence file`);
    // an MIT package may omit the text
    const text = file ? (await read(folder + file)).trim() : `Copyright (c) ${author}\n\n${(await read('mit.txt')).trim()}`;
    return `${name} ${version} (${license})\n${text}`;
  }));
  return parts.join('\n\n').replaceAll('--', '- -');
}

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// The page, in the languages of a folder.
export async function page(folder = wording) {
  const texts = await words(folder);
  const [{ code, packages }, layout, card, own] = await Promise.all([bundle('main.js', 'iife', texts), read('page.html'), read('../page/card.css'), read('page.css')]);
  const style = card + own; // the card is that of the receipt's page
  const script = code.replaceAll('</script', '<\\/script');
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const noscript = Object.entries(texts).map(([language, t]) => `<p lang="${language}" dir="${t['language.dir']}">${t['verify.noscript']}</p>`).join('\n');
  const parts = { POLICY: policy, STYLE: style, SCRIPT: script, NOSCRIPT: noscript, NOTICE: await notice(packages) };
  return layout.replace(/\{\{([A-Z]+)\}\}/g, (_, name) => parts[name]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const html = await page();
  if (process.argv[2] === '--stdout') process.stdout.write(html);
  else await writeFile(new URL('verify.html', here), html);
}
