package datarequest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/datarequest"
)

// TestHolidays compares the working days of 2026 to 2032 with those of another library.
// Each difference is explained, and nothing is explained that is no difference.
func TestHolidays(t *testing.T) {
	theirs := map[string]string{} // jurisdiction and date to name
	for row := range strings.Lines(read(t, "testdata/holidays.tsv")) {
		f := strings.Split(strings.TrimSpace(row), "\t")
		theirs[f[0]+" "+f[1]] = f[2]
	}
	explained := map[string]string{} // jurisdiction and name to number
	for row := range strings.Lines(read(t, "testdata/holidays-differences.txt")) {
		if f := strings.Split(row, " | "); len(f) == 4 && f[0] != "# jurisdiction" {
			explained[f[0]+" | "+f[1]] = f[2]
		}
	}
	found := map[string]int{}
	for code, j := range datarequest.Jurisdictions() {
		if _, err := time.Parse(time.DateOnly, j.Read); err != nil || j.Source == "" || j.Note == "" || j.How == "" {
			t.Errorf("%s: it is not said how it is known", code)
		}
		c, compared := calendar(t, "UTC", []string{code}), 0
		for day := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC); day.Year() < 2033; day = day.AddDate(0, 0, 1) {
			if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
				continue
			}
			name, other := theirs[code+" "+day.Format(time.DateOnly)]
			if other {
				compared++
			}
			if other == c.Working(day) {
				if !other {
					name = "-"
				}
				found[code+" | "+name]++
			}
		}
		if compared < 30 {
			t.Errorf("%s: the other library has %d holidays", code, compared)
		}
	}
	for key, n := range found {
		if explained[key] != fmt.Sprint(n) {
			t.Errorf("%s: %d days differ, %q are explained", key, n, explained[key])
		}
	}
	for key := range explained {
		if found[key] == 0 {
			t.Errorf("%s is explained, and nothing differs", key)
		}
	}
}

// TestHolidaysOfTheLibrary: the table is what the other library says in the version that
// the requirements pin.
func TestHolidaysOfTheLibrary(t *testing.T) {
	python, err := filepath.Abs(filepath.Join("..", "..", ".venv", "bin", "python"))
	must(t, err)
	if err := exec.Command(python, "-c", "import holidays").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the library holidays is missing in .venv")
		}
		t.Skip("the library holidays is missing in .venv: make test installs it")
	}
	out, err := exec.Command(python, filepath.Join("testdata", "public_holidays.py")).Output()
	must(t, err)
	if string(out) != read(t, "testdata/holidays.tsv") {
		t.Error("testdata/holidays.tsv is not what testdata/public_holidays.py prints")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	return string(b)
}
