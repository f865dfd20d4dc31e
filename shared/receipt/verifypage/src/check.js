import { answers } from './answers.js';
import { digest, textOf } from './base64.js';
import { parseRoots } from './certificate.js';
import { judge } from './chain.js';
import { read } from './files.js';
import { auditOf, checkPlace, judgeLists, listOf, verifyLook } from './looks.js';
import { Verifier } from './receipt.js';
import { Refusal, refuse } from './refusal.js';
import { ofSigned, ofText, worst } from './verdict.js';
import { Breath, Unreadable } from './work.js';

const maxSigners = 40; // that are named

const together = 16; // signatures verified at once

// Verifies the signed parts of files, and reports the same as `receipt verify` on each file
// and on all together. Roots that lie beside the receipts vouch for nobody, unless trust
// contains their fingerprints.
//
// trust: {roots: certificates, fingerprints}. progress(done, of) is called now and
// then; of is undefined until the last file is open. Throws Unreadable when a root
// certificate cannot be had.
export async function check(files, trust, progress = () => {}) {
  const { items, found, unchecked, outcomes } = await collect(files, trust.fingerprints);
  const named = trust.fingerprints.map((wanted) => found.all.find((root) => root.fingerprint === wanted) ?? unreadable('no-root'));
  const trusted = [...trust.roots, ...named];
  const confirmed = trusted.length > 0;
  const verifier = new Verifier(confirmed ? trusted : found.all, confirmed);
  const run = new Run(outcomes, unchecked, confirmed);
  const breath = new Breath();
  for (let i = 0; i < items.length; i += together) {
    const batch = items.slice(i, i + together);
    const results = await Promise.all(batch.map((item) => examine(item, verifier)));
    results.forEach((result, n) => run.take(batch[n], result));
    if (breath.due) {
      progress(i + batch.length, items.length);
      await breath.take();
    }
  }
  return { ...(await run.finish()), found: [...found.fingerprints] };
}

const isNewer = ({ claims: a }, { claims: b }) => a.iat > b.iat || (a.iat === b.iat && a.seq > b.seq);

function unreadable(reason, name) {
  throw new Unreadable(reason, name);
}

// Reads all that there is; the roots are needed before the first receipt, and among them
// those of the named fingerprints, however many there are. Of each file
// there is an outcome: {name, file, verdict, reason}, with a reason where nothing is judged.
async function collect(files, named) {
  const items = [];
  const found = new Found(named);
  const unchecked = []; // names of files that a bundle has beside what is signed
  const outcomes = [];
  for (const file of files) {
    const { name, kind, parts, unread } = await read(file);
    const outcome = { name, file, verdict: unread?.outcome ?? 'no-receipt', reason: unread?.reason };
    outcomes.push(outcome);
    for (const part of parts) {
      if (part.kind === 'other') unchecked.push(part.name.slice(name.length + 1));
      else if (part.kind === 'root certificates') found.add(await rootsIn(part, outcome, kind, unchecked));
      else items.push(...itemsOf(part, kind).map((item) => ({ ...item, outcome })));
    }
  }
  return { items, found, unchecked, outcomes };
}

const maxAlike = 16; // roots of one name that count: no issuer has had more

// Collects roots that lie beside receipts, each once, and at most maxAlike of one name: a
// leaf is checked against every root with the name of its issuer.
class Found {
  constructor(named) {
    this.named = named;
    this.all = [];
    this.fingerprints = new Set(); // of all, also of those that do not count
    this.known = new Set();
    this.alike = new Map();
  }

  add(roots) {
    for (const root of roots) {
      const alike = this.alike.get(root.subject) ?? 0;
      this.fingerprints.add(root.fingerprint);
      if (this.known.has(root.der) || (alike >= maxAlike && !this.named.includes(root.fingerprint))) continue;
      this.known.add(root.der);
      this.alike.set(root.subject, alike + 1);
      this.all.push(root);
    }
  }
}

// Returns whether files of a kind display the receipt they hold.
const shows = (kind) => kind === 'HTML' || kind === 'PDF' || kind === 'text';

// The root certificates that are a part of a file. Certificates that lie in a bundle, are no
// roots, and do not claim to be, are not checked, and alone they are no kind of file that is
// read; in a page, somebody's own words may look like one.
async function rootsIn(part, outcome, kind, unchecked) {
  try {
    return await parseRoots(part.content);
  } catch {
    if (shows(kind)) return [];
    if (/(^|\/)root\.pem$/i.test(part.name)) unreadable('bad-root', part.name);
    if (kind === 'root certificates') outcome.reason = 'kind';
    else unchecked.push(part.name.slice(outcome.name.length + 1));
    return [];
  }
}

// The items to check in a part of a file. A list that cannot be read counts as refused.
function itemsOf({ name, kind, content, claimed }, file) {
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
  return [{ name, raw: textOf(content), page: shows(file) }];
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
  constructor(outcomes, unchecked, confirmed) {
    this.outcomes = outcomes; // of each file
    this.unchecked = unchecked;
    this.passed = confirmed ? 'genuine' : 'consistent'; // the verdict on a receipt that passes
    this.results = []; // {name, outcome, receipt} or {name, outcome, refusal, verdict}, in order
    this.lists = []; // of who looked: {name, outcome, looks, refusal}
    this.manifests = []; // {name, manifest} or {name, refusal}
    this.brought = []; // documents beside the receipts: {name, outcome, document, bytes, intact}
    this.pages = false; // a page or a PDF was read; its visible text was not checked
  }

  // Notes verdicts in the outcome of a file.
  note(outcome, ...verdicts) {
    outcome.verdict = worst([outcome.verdict, ...verdicts]);
  }

  take(item, { intact, receipt, look, manifest, refusal }) {
    const { name, outcome } = item;
    if (item.list !== undefined) {
      this.lists.push({ name, outcome, looks: [], refusal });
    } else if (item.look) {
      this.listed(this.lists.at(-1), look, refusal);
    } else if (item.manifest) {
      this.manifests.push({ name, manifest, refusal });
      this.note(outcome, refusal ? ofSigned(refusal) : this.passed);
    } else if (item.document) {
      this.brought.push({ ...item, intact });
    } else {
      this.judged(item, receipt, refusal);
    }
  }

  judged({ name, outcome, raw, page }, receipt, refusal) {
    const verdict = refusal ? ofText(raw, refusal) : this.passed;
    if (verdict === 'no-receipt') {
      if (name === outcome.name) outcome.reason = 'no-receipt';
      else this.unchecked.push(name.slice(outcome.name.length + 1));
      return;
    }
    this.pages ||= page === true;
    this.note(outcome, verdict);
    this.results.push({ name, outcome, receipt, refusal, verdict });
  }

  // Notes a list. Its first error is the reason of its refusal.
  listed(list, look, refusal) {
    if (list.refusal) return;
    try {
      if (refusal) throw refusal;
      checkPlace(look, list.looks.at(-1));
      list.looks.push(look);
    } catch (e) {
      list.refusal = e;
    }
  }

  // Judges all receipts together.
  follow() {
    const passed = this.results.filter((r) => r.receipt);
    const course = judge(passed.map((r) => r.receipt));
    for (const at of course.apart) this.note(passed[at].outcome, 'genuine-not-contiguous');
    for (const [at, refusal] of course.contradicting) {
      Object.assign(passed[at], { refusal, receipt: undefined, verdict: 'refused' });
      this.note(passed[at].outcome, 'refused');
    }
    return course;
  }

  // A document counts if a receipt cites it: records and standings name notices and
  // catalogues by their digests. Nobody has signed the other documents.
  cite(receipts) {
    if (this.brought.length === 0) return { documents: new Map(), damaged: [] };
    const cited = new Set();
    for (const { claims, tree } of receipts) {
      cited.add(claims.catalogue);
      for (const [, digest] of JSON.stringify([tree.records, tree.standing]).matchAll(/"(sha256:[^"]{64})"/g)) cited.add(digest);
    }
    const documents = new Map();
    const damaged = [];
    for (const { name, outcome, document, bytes, intact } of this.brought) {
      if (!cited.has(document)) this.unchecked.push(name.slice(outcome.name.length + 1));
      else if (intact) documents.set(document, bytes);
      else {
        damaged.push(name);
        this.note(outcome, 'changed');
      }
    }
    return { documents, damaged };
  }

  // Lists beside receipts must concern the same people, and not contradict one another.
  async assign(receipts) {
    const subjects = new Set(receipts.map((r) => r.claims.sub));
    const names = await Promise.all([...subjects].map(auditOf));
    const sound = this.lists.filter((l) => !l.refusal);
    judgeLists(sound.map((l) => l.looks)).forEach((judged, i) => Object.assign(sound[i], judged));
    for (const list of this.lists) {
      const foreign = list.looks.some(({ claims }) => !names.includes(claims.sub));
      if (names.length > 0 && foreign) list.refusal ??= new Refusal('chain', 'person');
      if (list.refusal) this.note(list.outcome, ofSigned(list.refusal));
      else if (list.looks.length > 0) this.note(list.outcome, this.passed, list.after ? 'genuine-not-contiguous' : 'no-receipt'); // of none, nothing is signed
    }
  }

  async finish() {
    const { results, outcomes, lists, manifests, pages, unchecked } = this;
    const passed = results.map((r) => r.receipt).filter(Boolean);
    await this.assign(passed);
    const cited = this.cite(passed);
    const { gaps, moreGaps, withheld, moreWithheld } = this.follow();
    const receipts = results.map((r) => r.receipt).filter(Boolean);
    const answered = await answers(outcomes, passed, manifests.map((m) => m.manifest).filter(Boolean), this.passed);
    const others = [...manifests, ...lists].filter((o) => o.refusal); // refused, and not receipts
    const signed = [...lists.flatMap((l) => l.looks), ...manifests.map((m) => m.manifest).filter(Boolean), ...passed];
    const roots = [...new Set(signed.map((s) => s.root).filter(Boolean))].sort();
    const newest = new Map(); // by issuer
    for (const s of passed.length > 0 ? passed : signed) if (!newest.has(s.claims.iss) || isNewer(s, newest.get(s.claims.iss))) newest.set(s.claims.iss, s);
    return {
      verdict: worst(outcomes.map((o) => o.verdict)), outcomes, results, receipts, refused: results.length - receipts.length, others, lists, manifests,
      signers: [...newest.values()].sort((a, b) => b.claims.iat - a.claims.iat || (a.claims.iss < b.claims.iss ? -1 : 1)).slice(0, maxSigners), roots, // what each signed last, the newest first
      gaps, moreGaps, withheld, moreWithheld, ...cited, pages, unchecked, answers: answered,
    };
  }
}
