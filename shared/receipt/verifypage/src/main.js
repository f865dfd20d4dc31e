import { fingerprintIn, parseRoots } from './certificate.js';
import { check } from './check.js';
import { h } from './element.js';
import { isForeign, servedBy } from './issuer.js';
import { narrowed } from './kind.js';
import { inline } from './lines.js';
import { contents, proven, verdict } from './report.js';
import { languages, Words } from './words.js';
import { Unreadable } from './work.js';

// The state of the page: the given files and the result.
const state = {
  words: new Words(new URLSearchParams(location.search).get('language') ?? navigator.language), files: [], roots: [], fingerprints: [],
  report: undefined, error: undefined, // of the last check
  asked: '', // the error of the fingerprint field
};
const serving = servedBy(document.getElementById('issuer-roots').textContent, location.host).catch(() => undefined);
let turn = 0; // number of the current check; a newer one replaces it

const $ = (id) => document.getElementById(id);

async function judge(files) {
  if (files.length === 0) return render();
  const mine = ++turn;
  Object.assign(state, { files, report: undefined, error: undefined });
  render();
  const { words } = state;
  say(words.say('verify.reading', { name: named(files, words) }));
  try {
    if (!globalThis.crypto?.subtle) throw new Unreadable('no-crypto');
    const issuer = await serving;
    const trust = issuer ? { roots: issuer.roots, fingerprints: [] } : state;
    const report = await check(files, trust, (done, of) => mine === turn && progress(done, of));
    if (mine === turn) state.report = judged(report, trust, issuer?.domain);
  } catch (e) {
    if (mine === turn) state.error = e instanceof Unreadable ? e : new Unreadable('internal');
  }
  if (mine !== turn) return;
  say('');
  render();
  $('verdict')?.focus({ preventScroll: true });
  $('verdict')?.scrollIntoView({ block: 'center' });
}

// The result, and what confirms the signer.
function judged(report, { roots, fingerprints }, domain) {
  if (domain && isForeign(report)) return { ...report, verdict: 'foreign', domain };
  const confirmed = roots.length + fingerprints.length > 0;
  return { ...report, confirmed, domain, by: domain ? 'issuer' : (whence() ?? 'file') };
}

// The source of the fingerprint, as the person stated it; undefined until then.
const whence = () => document.querySelector('input[name=from]:checked')?.value;

// The first of the files, by their names.
const named = (files, words) => words.list(files.slice(0, 3).map((f) => inline(f.name)));

const say = (text) => $('status').replaceChildren(text);

function progress(done, of) {
  $('progress').hidden = false;
  $('bar').max = of;
  $('bar').value = done;
  say(state.words.say('verify.progress', { done, of }));
}

function render() {
  const { words, report, error } = state;
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.say('language.dir');
  document.title = words.say('verify.title');
  for (const element of document.querySelectorAll('[data-say]')) element.textContent = words.say(element.dataset.say);
  $('bar').setAttribute('aria-label', words.say('proven.heading'));
  $('progress').hidden = true;
  $('language').value = words.language;
  const name = error?.name ? inline(error.name) : named(state.files, words);
  const failed = error && h('div', { class: 'verdict error' }, h('p', { id: 'verdict', tabindex: '-1' }, words.say(`error.${error.reason}`, { name })));
  $('verdict-place').replaceChildren(failed ?? (report ? verdict(report, words) : ''));
  $('verdict-place').dataset.verdict = error ? 'error' : (report?.verdict ?? '');
  $('verdict-place').dataset.code = error?.reason ?? [...(report?.results ?? []), ...(report?.others ?? [])].find((r) => r.refusal)?.refusal.code ?? '';
  renderRoot();
  $('contents').replaceChildren(...(report ? [...contents(report, words), proven(report, words)] : []));
}

// The second step: the signer.
function renderRoot() {
  const { words, report, error, roots, asked } = state;
  const given = roots.length > 0;
  const open = report?.verdict === 'consistent' || error?.reason === 'no-root' || given || asked !== '';
  $('root').hidden = !open;
  const found = report?.found ?? [];
  const issuer = report?.signers[0]?.claims.iss ?? '';
  $('root-known').hidden = given || found.length === 0;
  $('root-text').textContent = given ? '' : words.say(found.length > 0 ? 'verify.root.compare' : 'verify.root.alone', { issuer, trust: `${issuer}/trust` });
  $('root-given').replaceChildren(...roots.map((r) => h('li', {}, words.say('verify.root.given', { fingerprint: r.fingerprint }))));
  $('root-forget').hidden = !given;
  $('root-error').textContent = asked ? words.say(asked) : '';
  $('fingerprint').setAttribute('aria-invalid', asked !== '');
}

async function giveRoot(file) {
  state.asked = '';
  try {
    const roots = await parseRoots(narrowed(new Uint8Array(await file.arrayBuffer())));
    if (roots.length === 0) throw new Error('empty');
    Object.assign(state, { roots, fingerprints: [] });
  } catch {
    state.asked = 'verify.root.bad';
    renderRoot();
    return;
  }
  judge(state.files);
}

function compare() {
  const fingerprint = fingerprintIn($('fingerprint').value);
  state.asked = '';
  if (!whence()) state.asked = 'verify.root.from.missing';
  else if (!fingerprint) state.asked = 'verify.root.malformed';
  else if (!state.report?.found.includes(fingerprint)) state.asked = 'verify.root.different';
  if (state.asked) return renderRoot();
  state.fingerprints = [fingerprint];
  judge(state.files);
}

// New files start a new check, since the fingerprint was given for the files before.
function open(files) {
  if (files.length === 0) return;
  Object.assign(state, { fingerprints: [], asked: '' });
  if (state.roots.length === 0) $('root-form').reset();
  judge([...files]);
}

const openText = (name, text) => open([new File([text.trim()], name)]);

// A link may carry a receipt after #r=. Browsers do not send that part to anybody.
function openFragment() {
  const carried = /^#r=(.+)$/.exec(location.hash)?.[1];
  if (!carried) return;
  let text = carried;
  try {
    text = decodeURIComponent(carried);
  } catch {
    // it is not encoded, and is judged as it is
  }
  openText('receipt.sd-jwt', text);
}

$('language').append(...languages.map((l) => h('option', { value: l, lang: l }, new Words(l).say('language.name'))));
$('language').addEventListener('change', (e) => {
  state.words = new Words(e.target.value);
  render();
});
for (const [id, take] of [['file', (files) => open(files)], ['root-file', ([file]) => file && giveRoot(file)]]) {
  $(id).addEventListener('change', (e) => {
    take([...e.target.files]);
    e.target.value = ''; // allows choosing the same file again
  });
}
$('paste-form').addEventListener('submit', (e) => {
  e.preventDefault();
  openText('receipt.txt', $('paste').value);
});
$('root-form').addEventListener('submit', (e) => {
  e.preventDefault();
  compare();
});
$('root-form').addEventListener('change', ({ target }) => {
  if (target.name !== 'from' || state.report?.by === undefined || state.roots.length === 0) return;
  state.report.by = whence();
  render();
});
$('root-forget').addEventListener('click', () => {
  state.roots = [];
  judge(state.files);
});
document.addEventListener('dragover', (e) => e.preventDefault());
document.addEventListener('drop', (e) => {
  e.preventDefault();
  open(e.dataTransfer.files);
});
addEventListener('hashchange', openFragment);
render();
openFragment();
