package shell_test

import (
	"net/url"
	"testing"
	"time"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/portaltest"
)

// TestRefresh: an access token of five minutes is replaced shortly before it ends, for as long
// as the session lasts: an hour after the sign-in. Without a refresh token, the session ends
// with the access token.
func TestRefresh(t *testing.T) {
	s := portaltest.New(t)
	s.Issuer.Lasts, s.Issuer.Refresh = 300, "the-refresh-token"
	b := s.SignedIn()
	at := func(later time.Duration, refreshed, status int) {
		t.Helper()
		s.Issuer.Later = later
		if w := b.Get("/receipts"); w.Code != status || s.Issuer.Refreshed != refreshed {
			t.Errorf("after %s: status %d, %d refreshed; want %d, %d", later, w.Code, s.Issuer.Refreshed, status, refreshed)
		}
	}
	at(4*time.Minute, 0, 200)
	at(4*time.Minute+30*time.Second, 1, 200)
	at(5*time.Minute, 1, 200)
	at(59*time.Minute, 2, 200)
	if b.Cookies[portaltest.RefreshCookie] == "" {
		t.Error("no refresh token is left")
	}
	at(time.Hour, 2, 401)

	s.Issuer.Later, s.Issuer.Refresh = 0, ""
	b = s.SignedIn()
	at(299*time.Second, 2, 200)
	at(300*time.Second, 2, 401)
}

// TestRefreshFails: who is refused a new token is signed out, but not while the old one counts.
// An issuer that does not answer signs nobody out.
func TestRefreshFails(t *testing.T) {
	s := portaltest.New(t)
	s.Issuer.Lasts, s.Issuer.Refresh, s.Issuer.Refuses = 300, "the-refresh-token", "temporarily_unavailable"
	b := s.SignedIn()
	s.Issuer.Later = 290 * time.Second
	portaltest.Wants(t, b.Get("/receipts"), 200)
	s.Issuer.Later = 300 * time.Second
	portaltest.Wants(t, b.Get("/receipts"), 502, "Signing in does not work right now")
	s.Issuer.Refuses = ""
	portaltest.Wants(t, b.Get("/receipts"), 200)

	s.Issuer.Refuses, s.Issuer.Later = "invalid_grant", 590*time.Second
	portaltest.Wants(t, b.Get("/receipts"), 200)
	s.Issuer.Later = 600 * time.Second
	portaltest.Wants(t, b.Get("/receipts"), 401, "Please sign in")
	if b.Cookies[portaltest.SessionCookie] != "" || b.Cookies[portaltest.RefreshCookie] != "" {
		t.Error("a session is left that no longer counts")
	}
}

// TestRefreshIsOfItsSession: a refresh token continues the session with which it came, and no
// other.
func TestRefreshIsOfItsSession(t *testing.T) {
	s := portaltest.New(t)
	s.Issuer.Lasts, s.Issuer.Refresh = 300, "the-refresh-token"
	b, other := s.SignedIn(), s.SignedIn()
	b.Cookies[portaltest.RefreshCookie] = other.Cookies[portaltest.RefreshCookie]
	s.Issuer.Later = 300 * time.Second
	portaltest.Wants(t, b.Get("/receipts"), 401)
	portaltest.Wants(t, other.Get("/receipts"), 200)
}

// TestRefreshedRole: with a new token the role at the desk is that of the new scopes, and who
// has none any more is signed out.
func TestRefreshedRole(t *testing.T) {
	s := portaltest.New(t)
	s.Issuer.Lasts, s.Issuer.Refresh = 300, "the-refresh-token"
	b := s.AtDesk("operator")
	s.Issuer.Later, s.Issuer.Scope = 300*time.Second, "openid consent-receipts/auditor"
	portaltest.Wants(t, b.Get(desk.Path), 200, "(Auditor)")
	s.Issuer.Later, s.Issuer.Scope = 600*time.Second, "openid"
	portaltest.Wants(t, b.Get(desk.Path), 403, "This is for the staff")
	if b.Cookies[portaltest.DeskSessionCookie] != "" {
		t.Error("the session goes on")
	}
}

// TestSigningOutRevokes: signing out revokes the refresh token. It signs out here also if the
// issuer fails.
func TestSigningOutRevokes(t *testing.T) {
	s := portaltest.New(t)
	s.Issuer.Refresh = "the-refresh-token"
	for i, broken := range []bool{false, true} {
		b := s.SignedIn()
		s.Issuer.Broken = broken
		w := b.Post("/logout", url.Values{})
		if w.Code != 303 || b.Cookies[portaltest.SessionCookie] != "" || b.Cookies[portaltest.RefreshCookie] != "" {
			t.Errorf("%d: status %d, cookies %v", i, w.Code, b.Cookies)
		}
		if len(s.Issuer.Revoked) != 1 || s.Issuer.Revoked[0] != "the-refresh-token" {
			t.Errorf("%d: revoked %q", i, s.Issuer.Revoked)
		}
	}
}
