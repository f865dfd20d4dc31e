// Runs cdk-nag's AWS Solutions pack over synthesized templates. It fails on each finding that
// suppressions.mjs does not explain, and on each explanation of what is found in none of them.
//
//   node infra/nag/check.mjs cdk.out/ConsentReceipts.template.json
import { App, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks } from 'cdk-nag';
import { suppressions } from './suppressions.mjs';

const unused = new Set(suppressions);
for (const templateFile of process.argv.slice(2)) {
  const app = new App({ analyticsReporting: false });
  new CfnInclude(new Stack(app, 'Checked'), 'Template', { templateFile });
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  const findings = violations.flatMap((v) => v.violatingResources.map((r) => ({ rule: v.ruleName, what: v.description, id: r.constructPath.split('/').pop() })));
  const explains = ([rule, resource], finding) => finding.rule === rule && finding.id.startsWith(resource);
  const open = findings.filter((finding) => !suppressions.some((s) => explains(s, finding)));
  for (const s of suppressions) if (findings.some((finding) => explains(s, finding))) unused.delete(s);
  for (const f of open) console.log(`${f.rule} ${f.id}: ${f.what}`);
  console.log(`${templateFile}: ${findings.length} findings, ${open.length} of them unexplained`);
  if (open.length) process.exitCode = 1;
}
for (const [rule, resource] of unused) console.log(`${rule} ${resource}: explained, but not found`);
if (unused.size) process.exitCode = 1;
