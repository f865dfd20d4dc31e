package inside

import (
	"bytes"
	"slices"

	"consent-receipts/shared/receipt"
)

// maxCertificates bounds how many certificates are taken out of one file.
const maxCertificates = 16

var pemEnd = []byte("-----END CERTIFICATE-----")

// certificates finds certificates in PEM (RFC 7468). It does not check whether they are
// roots.
func (f *finder) certificates(text []byte) {
	for at := 0; len(f.roots) < maxCertificates; {
		next := bytes.Index(text[at:], pemStart)
		if next < 0 {
			break
		}
		begin := at + next + len(pemStart)
		for at = begin; at < len(text) && text[at] != '-'; at++ {
		}
		if !bytes.HasPrefix(text[at:], pemEnd) {
			continue
		}
		root := fromBase64(slices.DeleteFunc(bytes.Clone(text[begin:at]), func(c byte) bool { return sextets[c] == 64 }))
		if !slices.ContainsFunc(f.roots, func(known []byte) bool { return bytes.Equal(known, root) }) {
			f.roots = append(f.roots, root)
		}
	}
	f.work.scanned += int64(len(text))
}

// RootsOf returns the root certificates that a page or a PDF carries beside the receipt, each
// once. They vouch for nobody. It skips certificates that are no roots of consent receipts,
// since a person's own words may look like one.
func RootsOf(file []byte) (found receipt.Roots) {
	_, _ = Read("", bytes.NewReader(file), int64(len(file)), func(kind Kind, p Part) error {
		if roots, err := receipt.ParseRoots(p.Content); p.Kind == Roots && kind != Roots && err == nil {
			found = append(found, roots...)
		}
		return nil
	}) // Find reports the error
	return found
}
