package shell

// SealSession seals a session as the shell does for one use of the keys of a realm.
func SealSession(secret []byte, realm, use string, s Session) (string, error) {
	k, err := deriveKeys(secret, realm)
	if err != nil {
		return "", err
	}
	key := k.session
	if use == "login" {
		key = k.login
	}
	return seal(key, s)
}
