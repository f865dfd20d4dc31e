// Checks files with the page's own sources, in Node, and prints what each took: {verdict,
// code, cpu, steps}. Reads {folder, names, count} as JSON. cpu is the processor's time in
// milliseconds; with count, steps is how often the blocks of the sources ran, and cpu means
// nothing.
import { readFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const { folder, names, count } = JSON.parse(await text(process.stdin));
const { check } = await load('check.js');
const session = new Session();
session.connect();
await session.post('Profiler.enable');
if (count) await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

// How often blocks ran since it was asked last.
async function stepsSince() {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const own = result.filter(({ url }) => url.startsWith('data:text/javascript'));
  return own.flatMap((script) => script.functions.flatMap(({ ranges }) => ranges)).reduce((sum, range) => sum + range.count, 0);
}

const said = [];
for (const name of names) {
  const file = new File([await readFile(join(folder, name))], name);
  if (count) await stepsSince();
  const before = process.cpuUsage();
  const { verdict, outcomes } = await check([file], { roots: [], fingerprints: [] });
  const { user, system } = process.cpuUsage(before);
  said.push({ verdict, code: outcomes[0].reason ?? '', cpu: (user + system) / 1000, steps: count ? await stepsSince() : 0 });
}
process.stdout.write(JSON.stringify(said));
