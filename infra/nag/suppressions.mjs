// What cdk-nag finds and what we answer: the rule, the beginning of the resource's
// logical id, and the reason.
const open = 'a public document by design: notices, catalogues, schemas and keys must be readable by anyone who checks a receipt';
export const suppressions = [
  ['AwsSolutions-IAM5', 'Rolepublish', 'dynamodb:ListStreams has no resource narrower than *; Lambda needs it to read the stream', ['Resource::*']],
  ['AwsSolutions-APIG4', 'RouteGETwellknown', open],
  ['AwsSolutions-APIG4', 'RouteGETopenapiyaml', open],
  ['AwsSolutions-APIG4', 'RouteGETschema', open],
  ['AwsSolutions-APIG4', 'RouteGETv1catalogue', open],
  ['AwsSolutions-APIG4', 'RouteGETv1notices', open],
  ['AwsSolutions-APIG4', 'Routedefault', 'the portal signs people in itself (code and PKCE), and its first page is for everybody'],
  ['AwsSolutions-SQS3', 'Undelivered', 'it is the dead-letter queue of a rule, which cdk-nag does not look for'],
  ['AwsSolutions-SQS3', 'DeadLetterspublish', 'it is where the stream puts what failed, which cdk-nag does not look for'],
];
