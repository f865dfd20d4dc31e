package sam

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"time"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/system"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/statement"
)

// synthesize builds the functions for the base image's architecture and the stack's
// template, in which they may be told other addresses than AWS's.
func (s *Stack) synthesize(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, buildWithin)
	defer cancel()
	dist, out := s.file(distDir), s.file(outDir)
	log, err := os.Create(s.file(synthLog))
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"--no-print-directory", "package", "ARCH=amd64", "DIST=" + dist}
	if s.config.Catalogue != "" {
		args = append(args, "CATALOGUE="+s.config.Catalogue)
	}
	build := program{name: "make", args: args, dir: s.config.Root, log: log}
	if _, err := build.run(ctx); err != nil {
		return err
	}
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	s.agentKey = key
	for _, function := range functions.WithSettings() {
		folder := filepath.Join(dist, function, protocols.SettingsFolder)
		if err := system.WriteSettings(folder, s.answering, public, time.Now()); err != nil {
			return err
		}
	}
	if s.config.Debug != "" {
		if err := s.packDebugger(ctx, filepath.Join(dist, s.config.Debug)); err != nil {
			return err
		}
	}
	// Without the paths of CDK's constructs SAM takes the logical ids of resources. With them it
	// warns of each path of more than three parts, whatever it is of.
	synth := program{name: filepath.Join(s.config.Root, "node_modules", ".bin", "cdk"), dir: s.config.Root, log: log, args: []string{
		"synth", "--quiet", "--no-path-metadata", "--output", out, "--context", "architecture=amd64", "--context", "local=true", "--context", "dist=" + dist,
	}}
	if _, err := synth.run(ctx); err != nil {
		return err
	}
	s.template = filepath.Join(out, stackName+".template.json")
	if err := s.giveTime(); err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dist, "provision", "documents", "catalogue.json"))
	s.catalogue = statement.Digest(b)
	return err
}
