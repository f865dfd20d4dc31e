package receipt_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
)

var script = filepath.Join(repository, "docs", "verify_receipt.py")

// pythonScript is the short script of the docs, in one process for all runs of a test.
func pythonScript(t *testing.T) (run func(args ...string) (exit int, said string)) {
	t.Helper()
	cmd := exec.Command(engine(t, ".venv", "bin", "python"), filepath.Join("testdata", "script.py"), script)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	answers := json.NewDecoder(out)
	return func(args ...string) (int, string) {
		t.Helper()
		line, err := json.Marshal(append([]string{}, args...))
		must(t, err)
		_, err = in.Write(append(line, '\n'))
		must(t, err)
		var end struct {
			Exit int
			Said string
		}
		must(t, answers.Decode(&end))
		return end.Exit, end.Said
	}
}

// TestPythonScriptAlone: as a process of its own the script exits as pythonScript says.
func TestPythonScriptAlone(t *testing.T) {
	run, root := pythonScript(t), filepath.Join(vectorsDir, "root.pem")
	for _, args := range [][]string{
		{root, filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt")}, {root, filepath.Join(vectorsDir, "bad", "payload-changed.sd-jwt")}, {root, root}, {},
	} {
		exit, said := run(args...)
		cmd := exec.Command(engine(t, ".venv", "bin", "python"), append([]string{script}, args...)...)
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != exit || string(out) != said {
			t.Errorf("%v: exit %d, %s; alone %d, %s", args, exit, said, cmd.ProcessState.ExitCode(), out)
		}
	}
}

// TestPythonScript runs the short script of the docs on genuine and bad vectors.
func TestPythonScript(t *testing.T) {
	run := pythonScript(t)
	for file, want := range map[string]string{
		"good/01-opt-in":            "GENUINE: receipt 1, opt-in",
		"good/one-change-disclosed": "(withheld)",
		"bad/payload-changed":       "REFUSED: signature",
		"bad/signature-other-key":   "REFUSED: signature",
		"bad/disclosure-changed":    "REFUSED: disclosure",
		"bad/disclosure-twice":      "REFUSED: disclosure",
		"bad/leaf-other-root":       "REFUSED: chain",
		"bad/leaf-by-leaf":          "REFUSED: chain",
		"bad/leaf-ca":               "REFUSED: the leaf is a CA",
		"bad/leaf-server":           "REFUSED: usage",
		"bad/leaf-key-usage":        "REFUSED: usage",
		"bad/leaf-two-names":        "REFUSED: name",
		"bad/iss-other":             "REFUSED: name",
		"bad/leaf-long":             "REFUSED: the leaf is valid for over 24 hours",
		"bad/iat-after":             "REFUSED: iat",
		"bad/alg-none":              "REFUSED: header",
		"bad/header-kid":            "REFUSED: header",
		"bad/typ-offer":             "REFUSED: header",
		"bad/trailing-bits":         "REFUSED: not canonical",
	} {
		exit, said := run(filepath.Join(vectorsDir, "root.pem"), filepath.Join(vectorsDir, filepath.FromSlash(file)+".sd-jwt"))
		good := strings.HasPrefix(file, "good/")
		if good != (exit == 0) || !strings.Contains(said, want) {
			t.Errorf("%s: exit %d, %s", file, exit, said)
		}
	}
}

// TestPythonScriptRoots: a receipt under any root of the file is genuine, also under one that
// has the name of another. A file that does not hold whole certificates alone is refused, and
// is no verdict on the receipt.
func TestPythonScriptRoots(t *testing.T) {
	run := pythonScript(t)
	_, first := newRoot(t)
	key, third := newRoot(t)
	own := filepath.Join(t.TempDir(), "own.sd-jwt")
	must(t, os.WriteFile(own, []byte(newDesk(t, key, third).optIn(t, "en", yesAlerts)), 0o600))
	vector := filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt")
	all := string(receipt.Roots{first, readRoot(t, "root.pem"), third}.PEM())
	one, other := string(receipt.Roots{first}.PEM()), string(receipt.Roots{third}.PEM())
	const broken = "it holds no PEM certificate, or one that is broken"
	for name, c := range map[string]struct {
		pem, receipt string
		exit         int
		want         string
	}{
		"the second root":             {all, vector, 0, "GENUINE: receipt 1"},
		"the third root":              {all, own, 0, "GENUINE: receipt 1"},
		"words between":               {"First:\n" + one + "Second:\n" + other, own, 0, "GENUINE: receipt 1"},
		"other roots":                 {one + other, vector, 1, "REFUSED: chain"},
		"no root":                     {"", own, 2, broken},
		"no PEM":                      {"-----", own, 2, broken},
		"no certificate in it":        {strings.ReplaceAll(other, "CERTIFICATE", "X509 CRL"), own, 2, broken},
		"no base64":                   {other + strings.Replace(one, "\nMII", "\n!II", 1), own, 2, broken},
		"no DER":                      {other + strings.Replace(one, "\nMII", "\nAII", 1), own, 2, broken},
		"cut short":                   {other + one[:len(one)/2], own, 2, broken},
		"a certificate without a key": {other + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", own, 2, broken},
		"another thing":               {other + strings.ReplaceAll(one, "CERTIFICATE", "PRIVATE KEY"), own, 2, broken},
	} {
		file := filepath.Join(t.TempDir(), "root.pem")
		must(t, os.WriteFile(file, []byte(c.pem), 0o600))
		if exit, said := run(file, c.receipt); exit != c.exit || !strings.Contains(said, c.want) || strings.Contains(said, "Traceback") {
			t.Errorf("%s: exit %d, %s", name, exit, said)
		}
	}
}

// TestPythonScriptAround: characters that programs add around a receipt do not harm it; and a
// file that the script does not read is not called a forgery.
func TestPythonScriptAround(t *testing.T) {
	run := pythonScript(t)
	b, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	good := strings.TrimSpace(string(b))
	for name, c := range map[string]struct {
		file string
		exit int
		want string
	}{
		"CR LF":                       {good + "\r\n", 0, "GENUINE: receipt 1"},
		"a byte order mark":           {"\ufeff" + good + "\r\n", 0, "GENUINE: receipt 1"},
		"blanks":                      {" \n\t" + good + " \n\n", 0, "GENUINE: receipt 1"},
		"a break in it":               {good[:200] + "\r\n" + good[200:], 1, "REFUSED: "},
		"a page":                      {"<html>" + good, 2, "NO RECEIPT HERE"},
		"a PDF":                       {"%PDF-1.7\n" + good, 2, "NO RECEIPT HERE"},
		"a picture":                   {"\x89PNG\r\n\x1a\n\x00\xfe", 2, "NO RECEIPT HERE"},
		"nothing":                     {"", 2, "NO RECEIPT HERE"},
		"a byte order mark of UTF-16": {"\xff\xfee\x00y\x00J\x00", 2, "NO RECEIPT HERE"},
	} {
		path := filepath.Join(t.TempDir(), "receipt.sd-jwt")
		must(t, os.WriteFile(path, []byte(c.file), 0o600))
		if exit, said := run(filepath.Join(vectorsDir, "root.pem"), path); exit != c.exit || !strings.HasPrefix(said, c.want) {
			t.Errorf("%s: exit %d, %s", name, exit, said)
		}
	}
}

// TestPythonScriptTerminal: neither the name of a file nor a claim steers a terminal.
func TestPythonScriptTerminal(t *testing.T) {
	run := pythonScript(t)
	b, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	parts := strings.Split(string(b), ".")
	const steers = "\x1b[2J\u202e\u2028\u009b"
	claims := regexp.MustCompile(`"iss":"[^"]*"`).ReplaceAllString(decoded(t, parts[1]), `"iss":"\u001b[2J\u202e\u2028\u009b"`)
	parts[1] = encoded(claims)
	name := filepath.Join(t.TempDir(), "a"+steers)
	must(t, os.WriteFile(name, []byte(strings.Join(parts, ".")), 0o600))
	root := filepath.Join(vectorsDir, "root.pem")
	for what, args := range map[string][]string{
		"a claim": {root, name}, "the name of a root": {name, name}, "the name of no root": {name + "x", name}, "the name of no receipt": {root, name + "x"},
	} {
		exit, said := run(args...)
		if exit == 0 || strings.ContainsAny(said, steers[:1]+"\u202e\u2028\u009b") || !strings.Contains(said, `[2J\u202e\u2028\x9b`) {
			t.Errorf("%s: exit %d, %q", what, exit, said)
		}
	}
}

// TestPythonScriptHostile: the Python verifier refuses every malformed receipt with a reason,
// and never with a stack trace. A file that does not exist, or has no receipt, is not
// refused.
func TestPythonScriptHostile(t *testing.T) {
	run := pythonScript(t)
	b, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	good := string(b)
	jwt, rest, _ := strings.Cut(good, "~")
	parts := strings.Split(jwt, ".")
	leaf := regexp.MustCompile(`"x5c":\["([^"]+)"\]`).FindStringSubmatch(decoded(t, parts[0]))[1]
	of := func(header, payload string) string {
		return encoded(header) + "." + encoded(payload) + "." + parts[2] + "~" + rest
	}
	head := func(x5c string) string {
		return `{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":` + x5c + `}`
	}
	payload, honest := decoded(t, parts[1]), head(`["`+leaf+`"]`)
	iat := regexp.MustCompile(`"iat":\d+`)
	for name, file := range map[string]string{
		"~": "eyJ~", "dots": "eyJ..~", "many dots": "eyJ.b.c.d~", "no end": jwt, "cut short": good[:len(good)/2],
		"a byte that is no UTF-8": strings.Replace(good, "~", "~\xff", 1), "a NUL": strings.Replace(good, "~", "\x00~", 1), "binary": "eyJ\x89PNG\r\n\x1a\n\x00\xfe",
		"not ASCII": strings.Replace(good, "~", "~é", 1), "too large": "eyJ" + strings.Repeat("A", 1<<20), "no base64": "eyJ!!.!!.!!~", "one letter": "eyJ.A.A~",
		"no JSON": of("{", payload), "a header that is a list": of("[]", payload), "a header that is a number": of("1", payload), "not UTF-8 in it": of("\xff\xfe", payload),
		"a deep header": of(strings.Repeat("[", 20000), payload), "a long number": of(`{"alg":`+strings.Repeat("9", 6000)+`}`, payload),
		"no certificates": of(head(`[]`), payload), "x5c is null": of(head(`null`), payload), "a certificate that is a number": of(head(`[1]`), payload),
		"a certificate that is none": of(head(`["AAAA"]`), payload), "half a certificate": of(head(`["`+leaf[:len(leaf)/2/4*4]+`"]`), payload), "a certificate that is no base64": of(head(`["!"]`), payload),
		"an empty payload": of(honest, "{}"), "a payload that is a list": of(honest, "[]"), "no iat": of(honest, iat.ReplaceAllString(payload, `"x":1`)),
		"iat far away": of(honest, iat.ReplaceAllString(payload, `"iat":1e300`)), "iat before": of(honest, iat.ReplaceAllString(payload, `"iat":-99999999999999`)), "iat is text": of(honest, iat.ReplaceAllString(payload, `"iat":"now"`)), "iat is NaN": of(honest, iat.ReplaceAllString(payload, `"iat":NaN`)),
		"a short signature": parts[0] + "." + parts[1] + ".AAAA~" + rest, "no signature": parts[0] + "." + parts[1] + ".~" + rest,
		"a disclosure that is no base64": jwt + "~!~", "a disclosure that is none": jwt + "~" + encoded("{}") + "~", "an empty disclosure": jwt + "~~",
	} {
		path := filepath.Join(t.TempDir(), "hostile.sd-jwt")
		must(t, os.WriteFile(path, []byte(file), 0o600))
		exit, said := run(filepath.Join(vectorsDir, "root.pem"), path)
		code, says := 1, "REFUSED: "
		if !strings.HasPrefix(file, "eyJ") {
			code, says = 2, "NO RECEIPT HERE: "
		}
		if exit != code || !strings.HasPrefix(said, says) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit %d, %s", name, exit, said)
		}
	}
	for name, args := range map[string][]string{"no file": {filepath.Join(vectorsDir, "root.pem"), "none"}, "no root": {filepath.Join(vectorsDir, "index.json"), "none"}, "nothing": nil} {
		if exit, said := run(args...); exit != 2 || !strings.HasPrefix(said, "usage: ") {
			t.Errorf("%s: exit %d, %s", name, exit, said)
		}
	}
}

func encoded(text string) string { return b64.EncodeToString([]byte(text)) }

func decoded(t *testing.T, part string) string {
	t.Helper()
	b, err := b64.DecodeString(part)
	must(t, err)
	return string(b)
}
