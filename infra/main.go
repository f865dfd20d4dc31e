// Command infra is the CDK app. It defines everything in a deployment, one file per concern.
//
//	make synth            writes cdk.out/ConsentReceipts.template.json
//	npx cdk deploy        deploys it
//
// It reads the output of `make package`, and needs neither credentials nor a region.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// stackName is the name of the stack, and the prefix of the few names that others must know.
const stackName = "ConsentReceipts"

func main() {
	defer jsii.Close()
	app := newApp(nil, nil)
	config, err := readConfig(app.Node())
	if err == nil {
		err = newStack(app, config)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		jsii.Close()
		os.Exit(1)
	}
	app.Synth(nil)
}

// flags are set here and not only in cdk.json, which the app receives only from the command
// line.
var flags = map[string]any{
	"@aws-cdk/core:checkSecretUsage": true,
	"@aws-cdk/aws-kms:aliasNameRef":  true,
}

func newApp(context map[string]any, outdir *string) awscdk.App {
	all := map[string]any{}
	for name, value := range flags {
		all[name] = value
	}
	for name, value := range context {
		all[name] = value
	}
	return awscdk.NewApp(&awscdk.AppProps{Context: &all, Outdir: outdir, AnalyticsReporting: jsii.Bool(false)})
}
