package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// reflection is how many days the lock of the vault can still be taken off. AWS wants three at
// least. Afterwards nobody can, and no backup can be deleted before its time.
const reflection = 3

// addBackup has AWS Backup keep a copy of the table of each day, in a vault that is locked. At the
// first deployment it is not locked yet.
func (s *parts) addBackup() {
	days := s.config.backupDays
	if days == 0 {
		return
	}
	vault := awsbackup.NewCfnBackupVault(s.scope, jsii.String("Vault"), &awsbackup.CfnBackupVaultProps{
		BackupVaultName:  jsii.String(stackName),
		EncryptionKeyArn: s.dataKey.KeyArn(),
	})
	if !s.config.firstDeployment {
		vault.SetLockConfiguration(&awsbackup.CfnBackupVault_LockConfigurationTypeProperty{
			MinRetentionDays: jsii.Number(days), MaxRetentionDays: jsii.Number(days), ChangeableForDays: jsii.Number(reflection),
		})
	}
	keep(vault, "Vault")
	plan := awsbackup.NewCfnBackupPlan(s.scope, jsii.String("BackupPlan"), &awsbackup.CfnBackupPlanProps{
		BackupPlan: &awsbackup.CfnBackupPlan_BackupPlanResourceTypeProperty{
			BackupPlanName: jsii.String(stackName),
			BackupPlanRule: []any{&awsbackup.CfnBackupPlan_BackupRuleResourceTypeProperty{
				RuleName: jsii.String("daily"), TargetBackupVault: vault.Ref(), ScheduleExpression: jsii.String("cron(0 3 * * ? *)"), // UTC
				Lifecycle: &awsbackup.CfnBackupPlan_LifecycleResourceTypeProperty{DeleteAfterDays: jsii.Number(days)},
			}},
		},
	})
	awsbackup.NewCfnBackupSelection(s.scope, jsii.String("BackupSelection"), &awsbackup.CfnBackupSelectionProps{
		BackupPlanId: plan.AttrBackupPlanId(),
		BackupSelection: &awsbackup.CfnBackupSelection_BackupSelectionResourceTypeProperty{
			SelectionName: jsii.String("ledger"), IamRoleArn: s.backupRole(vault).RoleArn(), Resources: &[]*string{s.table.TableArn()},
		},
	})
}

// backupRole is the role that AWS Backup takes. Its permissions are those for DynamoDB in AWS's
// managed policy AWSBackupServiceRolePolicyForBackup, for this table, vault and key alone.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
func (s *parts) backupRole(vault awsbackup.CfnBackupVault) awsiam.IRole {
	table, key := *s.table.TableArn(), []string{*s.dataKey.KeyArn()}
	lines := slices.Concat(
		may([]string{table}, "dynamodb:CreateBackup", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "dynamodb:StartAwsBackupJob"),
		may([]string{table + "/backup/*"}, "dynamodb:DeleteBackup", "dynamodb:DescribeBackup"),
		may([]string{*vault.AttrBackupVaultArn()}, "backup:CopyIntoBackupVault", "backup:DescribeBackupVault"),
		[]allow{
			s.unlock("dynamodb", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
			s.unlock("backup", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
			{[]string{"kms:CreateGrant"}, key, map[string]any{"Bool": map[string]any{"kms:GrantIsForAWSResource": "true"}}},
		})
	role := awsiam.NewRole(s.scope, jsii.String("Role-backup"), &awsiam.RoleProps{
		AssumedBy:      awsiam.NewServicePrincipal(jsii.String("backup.amazonaws.com"), nil),
		Description:    jsii.String("Consent receipts: how AWS Backup copies the ledger"),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"backup": document(lines)},
	})
	return role.WithoutPolicyUpdates(nil)
}
