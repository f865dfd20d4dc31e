package dynamoledger

import "testing"

func BenchmarkPack(b *testing.B) {
	receipt := story(b)["01-opt-in"]
	b.ReportAllocs()
	for b.Loop() {
		pack(receipt)
	}
}

func BenchmarkUnpack(b *testing.B) {
	version, r := pack(story(b)["01-opt-in"])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := unpack(version, r); err != nil {
			b.Fatal(err)
		}
	}
}
