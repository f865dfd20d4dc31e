// What cdk-nag finds and what we answer: the rule, the beginning of the resource's
// logical id, and the reason.
const open = 'a public document by design: notices, catalogues, logos, schemas and keys must be readable by anyone who checks a receipt';
const embedded = 'a public script and its words, by design: every visitor of a page that embeds it loads them, signed in or not';
const agents = 'the Data Rights Protocol has tokens and signatures of its own, which only the function can check';
const contacts = 'for people without an account: a link that was mailed is the proof, which only the function can check; each route is throttled';
const plan = "threat protection is part of Cognito's plan Plus, which the operator chooses by context: it costs 2 cents for each active person";
export const suppressions = [
  ['AwsSolutions-IAM5[Resource::*]', 'Rolepublish', 'dynamodb:ListStreams has no resource narrower than *; Lambda needs it to read the stream'],
  ['AwsSolutions-IAM5[Resource::<LedgerB7379752.Arn>/backup/*]', 'Rolebackup', 'the backups of this table, whose names AWS makes'],
  ['AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::bank-reports/data-requests/*]', 'Rolereport', 'each day has a folder of its own below this one, which has nothing else'],
  ['AwsSolutions-IAM5[Resource::<Attachments.Arn>/uploads/*]', 'Roleoperator', 'each upload has a key of its own below this prefix, which has nothing else'],
  ['AwsSolutions-IAM5[Resource::<Attachments.Arn>/added/*]', 'Roleoperator', 'each file of an answer has a key of its own below this prefix, which has nothing else'],
  ['AwsSolutions-IAM5[Resource::<Attachments.Arn>/kept/*]', 'Roleoperator', 'each file of an answer has a key of its own below this prefix, which has nothing else'],
  ['AwsSolutions-IAM5[Resource::<Attachments.Arn>/kept/*]', 'Rolereceipts', 'each file of an answer has a key of its own below this prefix, which has nothing else'],
  ['AwsSolutions-IAM5[Resource::<Attachments.Arn>/kept/~*]', 'Roledoor', 'each file of an answer to a contact has a key of its own below this prefix, which has nothing else'],
  ['AwsSolutions-S1', 'Attachments', 'the audit ledger records each address that the staff gets, before they get it; logs would be one more place with the names of requests'],
  ['AwsSolutions-APIG4', 'RouteGETwellknown', open],
  ['AwsSolutions-APIG4', 'RouteGETopenapiyaml', open],
  ['AwsSolutions-APIG4', 'RouteGETconsentofferjs', embedded],
  ['AwsSolutions-APIG4', 'RouteGETv1consentoffer', embedded],
  ['AwsSolutions-APIG4', 'RouteGETschema', open],
  ['AwsSolutions-APIG4', 'RouteGETv1catalogue', open],
  ['AwsSolutions-APIG4', 'RouteGETv1notices', open],
  ['AwsSolutions-APIG4', 'RouteGETv1logos', open],
  ['AwsSolutions-APIG4', 'RouteGETv1discovery', open],
  ['AwsSolutions-APIG4', 'RouteGETv2discovery', open],
  ['AwsSolutions-APIG4', 'RouteGETv2certificatepem', open],
  ['AwsSolutions-APIG4', 'RoutePOSTv1agentid', agents],
  ['AwsSolutions-APIG4', 'RouteGETv1agentid', agents],
  ['AwsSolutions-APIG4', 'RoutePOSTv1datarightsrequest', agents],
  ['AwsSolutions-APIG4', 'RouteGETv1datarightsrequestid', agents],
  ['AwsSolutions-APIG4', 'RouteDELETEv1datarightsrequestid', agents],
  ['AwsSolutions-APIG4', 'RoutePOSTv1contactrequest', contacts],
  ['AwsSolutions-APIG4', 'RouteGETv1contactrequest', contacts],
  ['AwsSolutions-APIG4', 'RouteDELETEv1contactrequest', contacts],
  ['AwsSolutions-APIG4', 'Routedefault', 'the portal signs people in itself (code and PKCE), and its first page is for everybody'],
  ['AwsSolutions-COG8', 'People', plan],
  ['AwsSolutions-COG8', 'Staff', plan],
  ['AwsSolutions-SQS3', 'Undelivered', 'it is the dead-letter queue of a rule, which cdk-nag does not look for'],
  ['AwsSolutions-SQS3', 'DeadLettersbus', 'it is where a bus puts what it cannot encrypt or decrypt, which cdk-nag does not look for'],
  ['AwsSolutions-SQS3', 'DeadLetterspublish', 'it is where the stream puts what failed, which cdk-nag does not look for'],
];
