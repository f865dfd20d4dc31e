package brand

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/png"
	"slices"

	"consent-receipts/shared/statement"
)

// Bounds of a logo. Every receipt's page carries it.
const (
	MaxLogoBytes = 16 << 10
	MinLogoSide  = 32  // pixels
	MaxLogoSide  = 512 // pixels
)

// LogoMediaType is the media type of a logo.
const LogoMediaType = "image/png"

// ErrLogo is wrapped by every error of NewLogo.
var ErrLogo = errors.New("not a logo")

// Logo is a checked picture.
type Logo struct {
	PNG           []byte
	Digest        string // sha256:<hex>, of PNG
	Width, Height int    // pixels
}

// NewLogo checks a picture: a still PNG (ISO/IEC 15948) within the bounds above, of at most
// 8 bits a sample and not interlaced, since a PDF can hold no other, with no metadata and
// with nothing behind its end.
func NewLogo(b []byte) (*Logo, error) {
	if len(b) > MaxLogoBytes {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d", ErrLogo, len(b), MaxLogoBytes)
	}
	if err := checkChunks(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	w, h := config.Width, config.Height
	if min(w, h) < MinLogoSide || max(w, h) > MaxLogoSide {
		return nil, fmt.Errorf("%w: it has %d x %d pixels, and each side has %d to %d", ErrLogo, w, h, MinLogoSide, MaxLogoSide)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	return &Logo{PNG: b, Digest: statement.Digest(b), Width: w, Height: h}, nil
}

const signature = "\x89PNG\r\n\x1a\n"

// allowed are the chunks that draw a still picture.
var allowed = []string{"IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs", "IDAT", "IEND"}

// checkChunks walks the chunks, of which package png reads some and skips the others.
func checkChunks(b []byte) error {
	rest, ok := bytes.CutPrefix(b, []byte(signature))
	if !ok {
		return errors.New("it is not a PNG")
	}
	for first := true; len(rest) >= 12; first = false {
		size, name := binary.BigEndian.Uint32(rest), string(rest[4:8])
		if uint64(size) > uint64(len(rest)-12) {
			return errors.New("it is cut off")
		}
		data := rest[8 : 8+size]
		rest = rest[12+size:]
		switch {
		case first != (name == "IHDR"):
			return errors.New("its header does not come first, and once")
		case !slices.Contains(allowed, name):
			return fmt.Errorf("its part %q draws nothing: metadata and animation are not allowed", name)
		case first && len(data) != 13:
			return errors.New("its header is damaged")
		case first && data[8] > 8:
			return fmt.Errorf("it has %d bits a sample, at most 8", data[8])
		case first && data[12] != 0:
			return errors.New("it is interlaced")
		case name == "IEND" && len(rest) > 0:
			return errors.New("something follows its end")
		}
	}
	if len(rest) > 0 {
		return errors.New("it is cut off")
	}
	return nil
}
