package sam

import (
	"archive/tar"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// BaseImage is the image that SAM runs the functions in, and rapidImage the one
// that SAM makes of it by adding its runtime emulator.
const (
	BaseImage  = "public.ecr.aws/lambda/provided:al2023-x86_64"
	rapidImage = "public.ecr.aws/lambda/provided:al2023-rapid-x86_64"
)

// standInLabel marks the image that stands in for AWS's.
const standInLabel = "consent-receipts.stand-in"

// pullWithin bounds the download of the base image, some 40 MB.
const pullWithin = 5 * time.Minute

// Files of the repository that the stand-ins' images are made of.
const (
	dynoxide = "node_modules/@dynoxide/linux-x64/dynoxide"
	python   = ".venv/bin/python"
)

// Ports of the stand-ins in their containers.
const (
	dynamoPort = 8000
	motoPort   = 5000
)

// baseImage sees to it that there is a base image, and returns words that say which one. It
// is AWS's own if it is here or can be pulled, and otherwise a stand-in with as much of it as
// a static program and SAM need.
func baseImage(ctx context.Context) (string, error) {
	label := fmt.Sprintf("{{index .Config.Labels %q}}", standInLabel)
	here, err := docker(ctx, "image", "inspect", BaseImage, "--format", label)
	if err == nil && here == "" {
		return BaseImage + ", AWS's own, found on this machine", nil
	}
	pull, cancel := context.WithTimeout(ctx, pullWithin)
	defer cancel()
	_, pullErr := docker(pull, "pull", "--quiet", BaseImage)
	if pullErr == nil || err != nil {
		_, _ = docker(ctx, "image", "rm", rapidImage) // made of another base image, if there is one
	}
	if pullErr == nil {
		return BaseImage + ", AWS's own, pulled now", nil
	}
	if err != nil {
		files, err := baseFiles()
		if err != nil {
			return "", err
		}
		if err := importImage(ctx, files, BaseImage, "LABEL "+standInLabel+"=busybox", "WORKDIR /var/task"); err != nil {
			return "", err
		}
	}
	return BaseImage + ", a STAND-IN (busybox and CA certificates of this machine): AWS's own cannot be pulled here", nil
}

// baseFiles is the stand-in's root file system. SAM's build runs sh, mv and chmod in
// it; a function needs the certificates.
func baseFiles() ([]byte, error) {
	busybox, err := readFirst("/usr/bin/busybox", "/bin/busybox")
	if err != nil {
		return nil, fmt.Errorf("%w: busybox (Debian: busybox-static), for a base image without a registry", ErrMissing)
	}
	certificates, err := readFirst("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
	if err != nil {
		return nil, fmt.Errorf("%w: CA certificates, for a base image without a registry", ErrMissing)
	}
	var b rootFS
	for _, dir := range []string{"bin", "etc/ssl/certs", "opt", "var/task", "var/runtime"} {
		b.dir(dir, 0o755)
	}
	b.dir("tmp", 0o1777)
	b.file("bin/busybox", busybox, 0o755)
	for _, name := range []string{"sh", "mv", "chmod", "cp", "rm", "ls", "cat"} {
		b.link("bin/"+name, "busybox")
	}
	b.file("etc/ssl/certs/ca-certificates.crt", certificates, 0o644)
	return b.close()
}

func readFirst(paths ...string) (b []byte, err error) {
	for _, p := range paths {
		if b, err = os.ReadFile(p); err == nil {
			break
		}
	}
	return b, err
}

// dynamoImage makes an image with dynoxide, one static program from node_modules. Its tables
// are in memory.
func dynamoImage(ctx context.Context, root, image string) error {
	engine, err := os.ReadFile(filepath.Join(root, dynoxide))
	if err != nil {
		return err
	}
	var b rootFS
	b.dir("tmp", 0o1777)
	b.file("dynoxide", engine, 0o755)
	files, err := b.close()
	if err != nil {
		return err
	}
	return importImage(ctx, files, image,
		fmt.Sprintf(`ENTRYPOINT ["/dynoxide", "serve", "--host", "0.0.0.0", "--port", "%d"]`, dynamoPort))
}

//go:embed motoimage.py
var motoImageScript []byte

// motoImage makes an image with moto's server, which stands in for KMS and
// EventBridge, of the Python that the tests use.
func motoImage(ctx context.Context, root, dir, image string) error {
	file := filepath.Join(dir, "moto.tar")
	defer os.Remove(file)
	out, err := program{
		name: filepath.Join(root, python), args: []string{"-", file, fmt.Sprint(motoPort)},
		stdin: bytes.NewReader(motoImageScript), env: []string{"HOME=" + dir}, // the user's configuration stays out
	}.run(ctx)
	if err != nil {
		return err
	}
	files, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return importImage(ctx, files, image, strings.Split(strings.TrimSpace(string(out)), "\n")...)
}

// rootFS writes the tar file of a root file system.
type rootFS struct {
	buffer bytes.Buffer
	writer *tar.Writer
	err    error
}

func (b *rootFS) add(h *tar.Header, content []byte) {
	if b.writer == nil {
		b.writer = tar.NewWriter(&b.buffer)
	}
	if b.err == nil {
		b.err = b.writer.WriteHeader(h)
	}
	if b.err == nil {
		_, b.err = b.writer.Write(content)
	}
}

func (b *rootFS) dir(name string, mode int64) {
	b.add(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}, nil)
}

func (b *rootFS) file(name string, content []byte, mode int64) {
	b.add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, content)
}

func (b *rootFS) link(name, target string) {
	b.add(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

func (b *rootFS) close() ([]byte, error) {
	if b.err == nil {
		b.err = b.writer.Close()
	}
	return b.buffer.Bytes(), b.err
}
