import { digest, textOf } from './base64.js';
import { parseRoots } from './certificate.js';
import { Chain } from './chain.js';
import { read } from './files.js';
import { auditOf, listOf, Looks, verifyLook } from './looks.js';
import { Verifier } from './receipt.js';
import { Refusal, refuse } from './refusal.js';
import { Unreadable } from './work.js';

const together = 16; // signatures verified at once
const pause = 40; // milliseconds of work between two breaths of the page

// Verifies what is signed in files, and says of all together what `receipt verify`
// says: genuine, consistent, not-contiguous or refused. Roots that lie beside the
// receipts vouch for nobody, unless trust names their fingerprints.
//
// trust: {roots: certificates, fingerprints}. progress(done, of) is called now and
// then; of is undefined until the last file is open. Throws Unreadable when there
// is nothing to judge.
export async function check(files, trust, progress = () => {}) {
  const { items, found, unchecked } = await collect(files);
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
  return { ...(await run.finish(trusted.length > 0)), unchecked, found: [...new Set(found.map((root) => root.fingerprint))] };
}

function unreadable(reason, name) {
  throw new Unreadable(reason, name);
}

// Reads all that there is; the roots are needed before the first receipt.
async function collect(files) {
  const items = [];
  const found = [];
  const unchecked = []; // names of files that a bundle has beside what is signed
  for (const file of files) {
    const { name, kind, parts, unread } = await read(file);
    if (unread) throw unread;
    for (const part of parts) {
      if (part.kind === 'other') unchecked.push(part.name.slice(name.length + 1));
      else if (part.kind === 'root certificates') found.push(...(await rootsIn(part, name, unchecked)));
      else items.push(...itemsOf(part, part.name === name, kind));
    }
  }
  return { items, found, unchecked };
}

// The root certificates that are a part of a file. Certificates that lie in a bundle, are no
// roots, and do not claim to be, are not checked.
async function rootsIn(part, file, unchecked) {
  try {
    return await parseRoots(part.content);
  } catch {
    if (part.name === file || /\/root\.pem$/i.test(part.name)) unreadable('bad-root', part.name);
    unchecked.push(part.name.slice(file.length + 1));
    return [];
  }
}

// What is judged of a part of a file. A list that cannot be read as one is there, and is refused.
function itemsOf({ name, kind, content, claimed }, loose, file) {
  switch (kind) {
    case 'document':
      return [{ name, bytes: content, document: claimed }];
    case 'manifest':
      return [{ name, manifest: textOf(content) }];
    case 'who looked': {
      const list = listOf(content);
      return [{ name, list: list !== undefined }, ...(list ?? []).map((look) => ({ name, look }))];
    }
  }
  return [{ name, raw: textOf(content), loose, page: ['HTML', 'PDF'].includes(file) }];
}

async function examine(item, verifier) {
  if (item.document) return { intact: (await digest(item.bytes)) === item.document };
  try {
    if (item.list !== undefined) return item.list ? {} : refuse('form', 'list');
    if (item.look) return { look: await verifyLook(verifier, item.look) };
    if (item.manifest) return { manifest: await verifier.verifyManifest(item.manifest) };
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
    this.looks = new Looks();
    this.lists = []; // of who looked: {name, looks, refusal}
    this.manifests = []; // {name, manifest} or {name, refusal}
    this.damaged = []; // names of documents that are not what their names say
    this.documents = new Map(); // their bytes, by digest
    this.pages = false; // a page or a PDF was read, whose looks were not checked
  }

  take(item, { intact, receipt, look, manifest, refusal }) {
    if (item.list !== undefined) {
      this.looks.begin();
      this.lists.push({ name: item.name, looks: [], refusal });
      return;
    }
    if (item.look) {
      this.listed(this.lists.at(-1), look, refusal);
      return;
    }
    if (item.manifest) {
      this.manifests.push({ name: item.name, manifest, refusal });
      return;
    }
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

  // The first thing that is wrong with a list is why it is refused.
  listed(list, look, refusal) {
    if (list.refusal) return;
    try {
      if (refusal) throw refusal;
      this.looks.add(look);
      list.looks.push(look);
    } catch (e) {
      list.refusal = e;
    }
  }

  link(result) {
    try {
      this.chain.add(result.receipt);
    } catch (e) {
      Object.assign(result, { refusal: e, receipt: undefined });
    }
  }

  // Lists that come with receipts must be about the same people.
  async assign(receipts) {
    const subjects = new Set(receipts.map((r) => r.claims.sub));
    const names = await Promise.all([...subjects].map(auditOf));
    for (const list of this.lists) {
      const foreign = list.looks.some(({ claims }) => !names.includes(claims.sub));
      if (names.length > 0 && foreign) list.refusal ??= new Refusal('chain', 'person');
    }
  }

  async finish(confirmed) {
    const { results, lists, manifests, damaged, documents, pages } = this;
    if (results.length + lists.length + manifests.length === 0) unreadable('no-receipt');
    const order = ({ receipt: { claims: a } }, { receipt: { claims: b } }) => (a.sub < b.sub ? -1 : a.sub > b.sub ? 1 : a.seq - b.seq);
    for (const result of this.loose.sort(order)) this.link(result);
    const receipts = results.map((r) => r.receipt).filter(Boolean);
    await this.assign(receipts);
    const others = [...manifests, ...lists].filter((o) => o.refusal); // that are refused, and no receipts
    const alone = results.length === 1; // of one receipt nobody can say what is missing
    const begins = Math.max(1, ...lists.flatMap((l) => l.looks.slice(0, 1)).map((l) => l.claims.seq));
    const gaps = alone ? [] : this.chain.gaps;
    const failed = receipts.length < results.length || others.length > 0 || damaged.length > 0;
    const verdict = failed ? 'refused' : !confirmed ? 'consistent' : gaps.length > 0 || begins > 1 ? 'not-contiguous' : 'genuine';
    const signed = [...lists.flatMap((l) => l.looks), ...manifests.map((m) => m.manifest).filter(Boolean), ...receipts];
    const roots = [...new Set(signed.map((s) => s.root).filter(Boolean))];
    return {
      verdict, results, refused: results.length - receipts.length, others, lists, begins, manifests, signer: signed.at(-1), roots,
      gaps, moreGaps: alone ? 0 : this.chain.moreGaps, damaged, documents, pages,
    };
  }
}
