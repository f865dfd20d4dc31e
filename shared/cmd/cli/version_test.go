package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	info := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: version}, Settings: settings}
	}
	revision, changed := debug.BuildSetting{Key: "vcs.revision", Value: "28b705d7"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, c := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"a release", info("v1.2.3", revision, debug.BuildSetting{Key: "vcs.modified", Value: "false"}), "v1.2.3, revision 28b705d7, go1.26.0"},
		{"with changes", info("v1.2.4-0.20261130-28b705d7+dirty", revision, changed), "v1.2.4-0.20261130-28b705d7+dirty, revision 28b705d7 with changes, go1.26.0"},
		{"go run", info("(devel)"), "(devel), revision not recorded, go1.26.0"},
		{"from the module cache", info("v1.2.3"), "v1.2.3, revision not recorded, go1.26.0"},
		{"a test", info(""), "(devel), revision not recorded, go1.26.0"},
		{"nothing recorded", nil, "(devel), revision not recorded, " + runtime.Version()},
	} {
		if got := build(c.info); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
