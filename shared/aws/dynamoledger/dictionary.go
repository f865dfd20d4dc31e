package dynamoledger

import (
	_ "embed" // the dictionary
	"encoding/hex"
)

// The shapes are texts of receipts without the values that differ: the names of the
// published schema, the words that all receipts have, and almost nothing of any one
// catalogue. DEFLATE refers most cheaply to what stands last.
var (
	//go:embed dictionary.2.txt
	shapes2 string // for receipts from before receipts had labels of their own
	//go:embed dictionary.3.txt
	shapes3 string
)

// leaf serves the same purpose: the fixed parts of a leaf certificate, in DER.
const leaf = "" +
	"30820202308201a8a003020102021030" + "0a06082a8648ce3d04030230553133303106035504" +
	"0a132a68747470733a2f2f" + "311e301c06035504031315436f6e73656e7420726563656970747320726f6f74301e170d32" +
	"3030303030305a170d32" + "3030303030305a3020311e301c06035504031315436f6e73656e74207265636569707473206c656166" +
	"3059301306072a8648ce3d020106082a8648ce3d03010703420004" +
	"a3818e30818b300e0603551d0f0101ff04040302078030130603551d25040c300a06082b0601050507032430" +
	"0c0603551d130101ff04023000301f0603551d23041830168014" +
	"30350603551d11042e302c862a68747470733a2f2f" + "300a06082a8648ce3d040302034800304502210002203045022000304402200220"

// dictionaries are the texts that packed receipts refer to, by version. Stored items depend
// on every byte of them, so a changed dictionary needs a new version.
var dictionaries = map[int][]byte{
	packed2: append(mustHex(leaf), shapes2...),
	packed:  append(mustHex(leaf), shapes3...),
}

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}
