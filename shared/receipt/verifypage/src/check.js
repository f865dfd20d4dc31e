import { digest } from './base64.js';
import { parseRoots } from './certificate.js';
import { Chain } from './chain.js';
import { read, Unreadable } from './files.js';
import { Verifier } from './receipt.js';
import { Refusal } from './refusal.js';

const together = 16; // receipts verified at once
const pause = 40; // milliseconds of work between two breaths of the page

// Verifies the receipts in files, and says of all together what `receipt verify`
// says: genuine, consistent, not-contiguous or refused. Roots that lie beside the
// receipts vouch for nobody, unless trust names their fingerprints.
//
// trust: {roots: certificates, fingerprints}. progress(done, of) is called now and
// then; of is undefined until the last file is open. Throws Unreadable when there
// is nothing to judge.
export async function check(files, trust, progress = () => {}) {
  const { items, found } = await collect(files);
  const named = trust.fingerprints.map((wanted) => found.find((root) => root.fingerprint === wanted) ?? unreadable('no-root'));
  const trusted = [...trust.roots, ...named];
  const verifier = new Verifier(trusted.length > 0 ? trusted : found);
  const run = new Run();
  let breath = performance.now();
  for (let i = 0; i < items.length; i += together) {
    const batch = items.slice(i, i + together);
    const results = await Promise.all(batch.map((item) => examine(item, verifier)));
    results.forEach((result, n) => run.take(batch[n], result));
    if (performance.now() - breath > pause) {
      progress(i + batch.length, items.length);
      await new Promise((resume) => setTimeout(resume));
      breath = performance.now();
    }
  }
  return { ...run.finish(trusted.length > 0), found: [...new Set(found.map((root) => root.fingerprint))] };
}

function unreadable(reason) {
  throw new Unreadable(reason);
}

// Reads all that there is; the roots are needed before the first receipt.
async function collect(files) {
  const items = [];
  const found = [];
  for await (const item of read(files)) {
    if (item.roots === undefined) items.push(item);
    else found.push(...(await parseRoots(item.roots).catch(() => unreadable('bad-root'))));
  }
  return { items, found };
}

async function examine(item, verifier) {
  if (item.document) return { intact: item.bytes !== undefined && (await digest(item.bytes)) === item.document };
  try {
    return { receipt: await verifier.verify(item.raw) };
  } catch (e) {
    if (e instanceof Refusal) return { refusal: e };
    throw e;
  }
}

class Run {
  constructor() {
    this.chain = new Chain();
    this.results = []; // {name, receipt} or {name, refusal}, in order
    this.loose = []; // of single files: these may come in any order
    this.damaged = []; // names of documents that are not what their names say
    this.documents = new Map(); // their bytes, by digest
    this.pages = false; // a page or a PDF was read, whose looks were not checked
  }

  take(item, { intact, receipt, refusal }) {
    if (item.document) {
      if (intact) this.documents.set(item.document, item.bytes);
      else this.damaged.push(item.name);
      return;
    }
    this.pages ||= item.page === true;
    const result = { name: item.name, receipt, refusal };
    this.results.push(result);
    if (!receipt) return;
    if (item.loose) this.loose.push(result);
    else this.link(result);
  }

  link(result) {
    try {
      this.chain.add(result.receipt);
    } catch (e) {
      Object.assign(result, { refusal: e, receipt: undefined });
    }
  }

  finish(confirmed) {
    if (this.results.length === 0) unreadable('no-receipt');
    const order = ({ receipt: { claims: a } }, { receipt: { claims: b } }) => (a.sub < b.sub ? -1 : a.sub > b.sub ? 1 : a.seq - b.seq);
    for (const result of this.loose.sort(order)) this.link(result);
    const refused = this.results.filter((r) => r.refusal).length;
    const alone = this.results.length === 1; // of one receipt nobody can say what is missing
    const gaps = alone ? [] : this.chain.gaps;
    const { results, damaged, documents, pages } = this;
    const verdict = refused > 0 || damaged.length > 0 ? 'refused' : !confirmed ? 'consistent' : gaps.length > 0 ? 'not-contiguous' : 'genuine';
    const roots = [...new Set(results.map((r) => r.receipt?.root).filter(Boolean))];
    return { verdict, results, refused, roots, gaps, moreGaps: alone ? 0 : this.chain.moreGaps, damaged, documents, pages };
  }
}
