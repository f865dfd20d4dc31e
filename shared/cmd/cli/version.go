package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// version prints which build this is.
func version(f *Flags, program string) error {
	if err := f.Parse(0, 0); err != nil {
		return err
	}
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintln(f.streams.Stdout, program, build(info))
	return err
}

// build describes a build on one line: the module's version, the revision of the source, as
// far as it was recorded, and the version of Go. Info may be nil.
func build(info *debug.BuildInfo) string {
	if info == nil {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	parts := []string{"(devel)"}
	if info.Main.Version != "" {
		parts[0] = info.Main.Version
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if revision := settings["vcs.revision"]; revision == "" {
		parts = append(parts, "revision not recorded")
	} else if settings["vcs.modified"] == "true" {
		parts = append(parts, "revision "+revision+" with changes")
	} else {
		parts = append(parts, "revision "+revision)
	}
	return strings.Join(append(parts, info.GoVersion), ", ")
}
