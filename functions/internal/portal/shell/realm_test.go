package shell

import "testing"

func TestReturnStaysHere(t *testing.T) {
	for given, want := range map[string]string{
		"/offer?purpose=a": "/offer?purpose=a", "": "/", "//evil.example": "/", "https://evil.example": "/",
		`/\evil.example`: "/", "/\r\nX: y": "/", "offer": "/",
	} {
		if got := (&Realm{}).localPath(given); got != want {
			t.Errorf("%q leads to %q, want %q", given, got, want)
		}
	}
}
