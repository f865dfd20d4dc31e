// Names with the page's own sources, in Node, who signed. Reads {roots: PEM, files: [{name,
// content: base64}]} and prints the names, as JSON.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const [{ check }, { parseRoots }, { controllerName }, { Words }] = await Promise.all(['check.js', 'certificate.js', 'show.js', 'words.js'].map(load));
const { roots, files } = JSON.parse(await text(process.stdin));
const trust = { roots: await parseRoots(Buffer.from(roots)), fingerprints: [] };
const report = await check(files.map(({ name, content }) => new File([Buffer.from(content, 'base64')], name)), trust);
process.stdout.write(JSON.stringify(report.signers.map((s) => controllerName(s, report, new Words('en')))));
