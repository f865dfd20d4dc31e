// Runs cdk-nag's AWS Solutions pack over a synthesized template and fails on every
// finding that suppressions.mjs does not explain.
//
//   node infra/nag/check.mjs cdk.out/ConsentReceipts.template.json
import { App, Aspects, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks, NagReportFormat, NagSuppressions } from 'cdk-nag';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suppressions } from './suppressions.mjs';

const outdir = mkdtempSync(join(tmpdir(), 'consent-receipts-nag-'));
const app = new App({ outdir, analyticsReporting: false });
const stack = new Stack(app, 'Checked', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
const template = new CfnInclude(stack, 'Template', { templateFile: process.argv[2] });
for (const id of Object.keys(JSON.parse(readFileSync(process.argv[2], 'utf8')).Resources)) {
  const explained = suppressions.filter(([, resource]) => id.startsWith(resource));
  if (explained.length) {
    NagSuppressions.addResourceSuppressions(template.getResource(id), explained.map(([rule, , reason, appliesTo]) => ({ id: rule, reason, appliesTo })));
  }
}
Aspects.of(app).add(new AwsSolutionsChecks({ reports: true, reportFormats: [NagReportFormat.JSON] }));
app.synth();

const report = readdirSync(outdir).find((name) => name.includes('NagReport') && name.endsWith('.json'));
const { lines } = JSON.parse(readFileSync(join(outdir, report), 'utf8'));
rmSync(outdir, { recursive: true });
const findings = lines.filter((line) => line.compliance !== 'Compliant' && line.compliance !== 'Suppressed' && line.compliance !== 'N/A');
for (const f of findings) console.log(`${f.ruleId} ${f.resourceId}: ${f.ruleInfo} ${f.exceptionReason ?? ''}`);
console.log(`${lines.length} checks, ${findings.length} findings, ${lines.filter((l) => l.compliance === 'Suppressed').length} suppressed with a reason`);
process.exit(findings.length ? 1 : 0);
